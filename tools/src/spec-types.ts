/** A value as JSON holds it. */
export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

export type Severity = "error" | "warning";
export type FieldType = "string" | "integer" | "number" | "boolean" | "file" | "files";

/** What one field must be, in JSON Schema's words plus `refused` and the free sizes of `x-retouch.size`. */
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

/** What JSON Schema cannot say about a file part: `mediaTypes`, `belowBytes`, `square`, ... */
export interface FileRule {
  severity: Severity;
  source: string;
  [limit: string]: Json;
}

/** What a field must hold for a conflict; `{}` asks only that it is sent. */
export interface Condition {
  /** The field holds one of these. */
  enum?: (string | number | boolean)[];
  /** The field holds this or more. */
  minimum?: number;
  /** The field holds none of these, or is not sent. */
  except?: (string | number | boolean)[];
}

/** Fields that do not go together: the rule is broken when every condition holds. */
export interface Conflict {
  severity: Severity;
  source: string;
  when: Record<string, Condition>;
}

export interface Shutdown {
  model: string;
  host: string;
  date: string;
  /** Models that the host serves instead. */
  replacements: string[];
}

export interface Family {
  name: string;
  description: string;
  models: string[];
  /** The dated snapshots that are known, by model: `gpt-image-2` has `gpt-image-2-2026-04-21`. */
  snapshots: Record<string, string[]>;
  rules: Map<string, Rule[]>;
  /** By the name of the field: `image`, `mask`, ... */
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
  deprecated?: true;
  required: boolean;
  /** Whether the vendor's own document names the field. */
  origin: "vendor" | "added";
}

interface SpecModel {
  name: string;
  family: Family;
  /** The model that this one is a dated snapshot of. */
  snapshotOf?: string;
}

/** Everything the emitters need, read once from `spec/openapi.yaml`. */
export interface Spec {
  document: JsonObject;
  baseUrl: string;
  path: string;
  fields: SpecField[];
  families: Family[];
  /** The family of every model that is unknown or left out. */
  fallback: Family;
  /** In the order of families; the fallback's own known models last. */
  models: SpecModel[];
  /** Matches the end of a name that makes it a snapshot of the model named before it. */
  snapshotPattern: string;
  imageMediaTypes: string[];
  maskMediaTypes: string[];
  /** What a person should look at: new fields and models of the vendor that no family treats. */
  notes: string[];
}
