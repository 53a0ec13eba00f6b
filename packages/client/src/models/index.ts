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
