import type { TextRange } from "../../errors/redactor.ts";

/** The format that a body is read as: server-sent events, or one document, which its first bytes show to be an image. */
export type BodyKind = "document" | "events";

/** A segment of a body: a string or another value of JSON, a member's name, or a line that is not JSON. */
export interface Segment {
  /** The bytes as Latin-1: one character per byte, escapes included. */
  readonly text: string;
  readonly role: "name" | "string" | "value" | "line";
  /** The member whose value it is, or the field of the event. Consecutive values of one name are read as one text. */
  readonly name: string;
  /** The ends of the values before it, if it is the start of one. */
  readonly before: readonly string[];
  /** Whether it is neither a part of a long string nor next to an image. */
  readonly isComplete: boolean;
}

/** A function that finds the parts of a segment that must not be forwarded. */
export type FindInSegment = (segment: Segment) => readonly TextRange[];
