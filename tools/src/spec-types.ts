/** A JSON value. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type Severity = "error" | "warning";
export type FieldType = "string" | "integer" | "number" | "boolean" | "file" | "files";

/** Constraints on one field, in JSON Schema's terms plus `refused` and the free sizes of `x-retouch.size`. */
export interface Constraint {
  type?: string;
  enum?: (string | number)[];
  minimum?: number;
  maximum?: number;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  pattern?: string;
  refused?: true;
  size?: JsonObject;
}

export interface Rule extends Constraint {
  severity: Severity;
  source: string;
}

/** Limits of a file part that JSON Schema cannot express: `mediaTypes`, `belowBytes`, `square`, ... */
export interface FileRule {
  severity: Severity;
  source: string;
  [limit: string]: Json;
}

/** Condition on a field in a conflict; `{}` only requires that it is sent. */
export interface Condition {
  /** The field has one of these values. */
  enum?: (string | number | boolean)[];
  /** The field has at least this value. */
  minimum?: number;
  /** The field has none of these values, or is not sent. */
  except?: (string | number | boolean)[];
}

/** Fields that conflict: the rule is violated when every condition holds. */
export interface Conflict {
  severity: Severity;
  source: string;
  when: Record<string, Condition>;
}

export interface Shutdown {
  model: string;
  host: string;
  date: string;
  /** Replacement models on the host. */
  replacements: string[];
}

export interface Family {
  name: string;
  description: string;
  models: string[];
  /** Known dated snapshots, by model: `gpt-image-2` has `gpt-image-2-2026-04-21`. */
  snapshots: Record<string, string[]>;
  rules: Map<string, Rule[]>;
  /** By field name: `image`, `mask`, ... */
  files: Record<string, FileRule[]>;
  conflicts: Conflict[];
  shutdowns: Shutdown[];
  notice?: string;
  urlLifetimeSeconds?: number;
}

export interface SpecField {
  name: string;
  type: FieldType;
  description: string;
  example?: Json;
  default?: Json;
  deprecated?: true;
  required: boolean;
  /** Whether the vendor's document declares the field. */
  origin: "vendor" | "added";
}

interface SpecModel {
  name: string;
  family: Family;
  /** The model of which this one is a dated snapshot. */
  snapshotOf?: string;
}

/** Something in the vendor's document that the overlay does not fit: nothing is generated until one of them changes. */
export interface Misfit {
  /** Where it is in the vendor's document. */
  path: string;
  /** What was seen, and what to do. */
  text: string;
  /** Actions that fix it when they are appended to the overlay. */
  actions?: JsonObject[];
}

/** Everything the emitters need, read once from `spec/openapi.yaml`. */
export interface Spec {
  document: JsonObject;
  baseUrl: string;
  path: string;
  fields: SpecField[];
  families: Family[];
  /** The family used when the model is unknown or omitted. */
  fallback: Family;
  /** In the order of families; the fallback's own known models last. */
  models: SpecModel[];
  /** Matches the end of a name that makes it a snapshot of the model named before it. */
  snapshotPattern: string;
  imageMediaTypes: string[];
  maskMediaTypes: string[];
  /** Points for a person to check: the vendor's new fields and models that no family handles. */
  notes: string[];
}
