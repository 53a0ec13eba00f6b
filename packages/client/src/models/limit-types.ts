/** Says what a broken rule means: an error is never sent, a warning is sent and told. */
export type Severity = "error" | "warning";

/** Names who said a limit: the vendor's document, OpenAI's, or the documents of other gateways. */
export type LimitSource = "vendor" | "openai" | "gateway";

/** Describes sizes that are free within bounds; every number is in pixels but the ratio (long edge to short edge). */
export interface SizeRule {
  readonly multipleOf: number;
  readonly maxRatio: number;
  readonly maxEdgePx: number;
  readonly minPixels?: number;
  readonly maxPixels: number;
}

/** Restricts one field; every property that is present must hold. */
export interface FieldRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  /** The field may not be sent at all. */
  readonly refused?: true;
  /** Absent for text. */
  readonly type?: "integer" | "number" | "boolean";
  readonly enum?: readonly (string | number)[];
  readonly minimum?: number;
  readonly maximum?: number;
  /** Counted in code points, as JSON Schema does. */
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly pattern?: string;
  /** Sizes beside those of `enum` that follow a rule. */
  readonly size?: SizeRule;
}

/** Restricts the pictures of `image`; every property that is present must hold. */
export interface ImageRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  readonly minCount?: number;
  readonly maxCount?: number;
  readonly mediaTypes?: readonly string[];
  /** A file must be smaller than this. */
  readonly belowBytes?: number;
  readonly square?: true;
}

/** Restricts `mask`; every property that is present must hold. */
export interface MaskRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  readonly mediaTypes?: readonly string[];
  /** The file must be smaller than this. */
  readonly belowBytes?: number;
  /** The mask has as many pixels each way as the first image. */
  readonly sizeOfFirstImage?: true;
  /** The mask has an alpha channel and at least one pixel of alpha 0. */
  readonly transparentPixel?: true;
}

/** Restricts a file field beside `image` and `mask`; every property that is present must hold. */
export interface FileRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  readonly mediaTypes?: readonly string[];
  /** The file must be smaller than this. */
  readonly belowBytes?: number;
  /** The file has as many pixels each way as the first image has when it is upright. */
  readonly sizeOfUprightFirstImage?: true;
  /** The file has an alpha channel and at least one pixel that is not opaque. */
  readonly someTransparency?: true;
}

/** What a field must hold for a conflict; `{}` asks only that it is sent. */
export interface Condition {
  /** The field holds one of these. */
  readonly enum?: readonly (string | number | boolean)[];
  /** The field holds this or more. */
  readonly minimum?: number;
  /** The field holds none of these, or is not sent. */
  readonly except?: readonly (string | number | boolean)[];
}

/** Fields that do not go together: the rule is broken when every condition holds. */
export interface ConflictRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  readonly when: Readonly<Record<string, Condition>>;
}

/** Holds the limits that the models of one family share. */
export interface FamilyLimits {
  /** The family's name in `spec/openapi.yaml`. */
  readonly family: string;
  readonly fields: Readonly<Record<string, readonly FieldRule[]>>;
  readonly image: readonly ImageRule[];
  readonly mask: readonly MaskRule[];
  /** The other file fields, by name. */
  readonly files: Readonly<Record<string, readonly FileRule[]>>;
  readonly conflicts: readonly ConflictRule[];
  /** A warning that goes with every edit of the family. */
  readonly notice?: string;
  /** How long the addresses of results live. */
  readonly urlLifetimeSeconds?: number;
}

/** Says that a host stopped, or will stop, serving a model. */
export interface Shutdown {
  /** `api.openai.com`; other hosts may go on serving the model. */
  readonly host: string;
  /** `2026-10-23`: the first day without it. */
  readonly date: string;
  /** Models that the host serves instead. */
  readonly replacements: readonly string[];
}

/** Holds every limit that is known for one model. */
export interface ModelLimits extends FamilyLimits {
  /** Whether the spec names the model; an unknown one is held to the limits common to all. */
  readonly known: boolean;
  readonly shutdowns: readonly Shutdown[];
}
