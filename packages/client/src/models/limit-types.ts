/** The effect of a broken rule: with an error nothing is sent, a warning is reported with the result. */
export type Severity = "error" | "warning";

/** The source of a limit: the vendor's document, OpenAI's, or the documents of other gateways. */
export type LimitSource = "vendor" | "openai" | "gateway";

/** A rule for free sizes. Every number is in pixels, except the ratio of the long edge to the short edge. */
export interface SizeRule {
  readonly multipleOf: number;
  readonly maxRatio: number;
  readonly maxEdgePx: number;
  readonly minPixels?: number;
  readonly maxPixels: number;
}

/** A restriction of one field; every property that is present must hold. */
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
  /** The rule for sizes other than those of `enum`. */
  readonly size?: SizeRule;
}

/** A restriction of the images in `image`; every property that is present must hold. */
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

/** A restriction of `mask`; every property that is present must hold. */
export interface MaskRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  readonly mediaTypes?: readonly string[];
  /** The file must be smaller than this. */
  readonly belowBytes?: number;
  /** The mask has the same width and height as the first image. */
  readonly sizeOfFirstImage?: true;
  /** The mask has an alpha channel and at least one pixel of alpha 0. */
  readonly transparentPixel?: true;
}

/** A restriction of a file field other than `image` and `mask`; every property that is present must hold. */
export interface FileRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  readonly mediaTypes?: readonly string[];
  /** The file must be smaller than this. */
  readonly belowBytes?: number;
  /** The file has the same width and height as the first image after EXIF rotation. */
  readonly sizeOfUprightFirstImage?: true;
  /** The file has an alpha channel and at least one pixel that is not opaque. */
  readonly someTransparency?: true;
}

/** A condition on a field's value; `{}` is met whenever the field is sent. */
export interface Condition {
  /** The value is one of these. */
  readonly enum?: readonly (string | number | boolean)[];
  /** The value is at least this. */
  readonly minimum?: number;
  /** The value is none of these, or the field is not sent. */
  readonly except?: readonly (string | number | boolean)[];
}

/** Fields that cannot be combined: the rule is broken when every condition is met. */
export interface ConflictRule {
  readonly severity: Severity;
  readonly source: LimitSource;
  readonly when: Readonly<Record<string, Condition>>;
}

/** The limits that the models of one family share. */
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
  /** How long result URLs stay valid. */
  readonly urlLifetimeSeconds?: number;
}

/** The date on which a host stopped, or will stop, serving a model. */
export interface Shutdown {
  /** `api.openai.com`; other hosts may go on serving the model. */
  readonly host: string;
  /** `2026-10-23`: the first day without it. */
  readonly date: string;
  /** Models that the host serves instead. */
  readonly replacements: readonly string[];
}

/** All known limits of one model. */
export interface ModelLimits extends FamilyLimits {
  /** Whether the spec names the model. For an unknown one, the limits common to all models apply. */
  readonly known: boolean;
  readonly shutdowns: readonly Shutdown[];
}
