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

/** What JSON Schema can not say about a file part: `mediaTypes`, `belowBytes`, `square`, ... */
export interface FileRule {
  severity: Severity;
  source: string;
  [limit: string]: Json;
}

export interface Conflict {
  severity: Severity;
  source: string;
  when: Record<string, (string | number | boolean)[]>;
}

export interface Shutdown {
  model: string;
  host: string;
  date: string;
}

export interface Family {
  name: string;
  description: string;
  models: string[];
  rules: Map<string, Rule[]>;
  image: FileRule[];
  mask: FileRule[];
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
  required: boolean;
  /** Whether the vendor's own document names the field. */
  origin: "vendor" | "added";
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
  models: { name: string; family: Family }[];
  imageMediaTypes: string[];
  maskMediaTypes: string[];
  /** What a person should look at: new fields and models of the vendor that no family treats. */
  notes: string[];
}
