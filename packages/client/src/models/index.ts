export type { DialectPreset } from "../dialect.ts";
export { type DialectName, dialectNames } from "../generated/dialect-names.gen.ts";
export { dialects } from "../generated/dialects.gen.ts";
export { type CostParams, costOf, estimateCost, type Rates, ratesOf } from "./cost.ts";
export type {
  ConflictRule,
  FamilyLimits,
  FieldRule,
  ImageRule,
  LimitSource,
  MaskRule,
  ModelLimits,
  Severity,
  Shutdown,
  SizeRule,
} from "./limit-types.ts";
export { fieldNames, limitsOf, modelNames } from "./limits.ts";
