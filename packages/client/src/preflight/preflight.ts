import type { Problem } from "../errors/errors.ts";
import { type ProblemParams, type Report, toProblem } from "../errors/problem-messages.ts";
import { type ShownValue, toShownName, toShownValue } from "../errors/shown-value.ts";
import { fieldNames, fileFields } from "../generated/limits.gen.ts";
import type { Condition, FieldRule, ModelLimits } from "../models/limit-types.ts";
import { checkField, isFile } from "./check-field.ts";
import { checkFileField, checkImages, checkMask, type EditInputs } from "./check-images.ts";

/** When and where an edit would be sent: models end on a day, at a host. */
export interface PreflightContext {
  readonly host: string;
  readonly nowMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Returns whether a field would be part of the form: `0` and `false` are, empty values are not. */
export function isSent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** Returns everything about an edit that breaks its model's limits, in the order of the form. Pure. */
export function preflight(
  params: Fields,
  inputs: EditInputs,
  limits: ModelLimits,
  { host, nowMs }: PreflightContext,
): Problem[] {
  const problems: Problem[] = [];
  const report: Report = (...problem) => void problems.push(toProblem(...problem));
  checkImages(inputs, limits, report);
  problems.push(...inputs.unreadable);
  for (const field of fieldNames) {
    if (field === "image" || field === "mask") continue;
    const value = params[field];
    const rules = limits.fields[field] ?? noRules;
    const isBlank = typeof value === "string" && value.trim() === "";
    const needsText = isBlank || !isSent(value) ? rules.find(({ minLength }) => minLength) : undefined;
    if (fileFields.includes(field)) {
      for (const { severity } of isSent(value) ? rules.filter(({ refused }) => refused) : [])
        report(severity, field, "refused", {});
      const file = inputs.files?.[field];
      if (file) checkFileField(file, limits.files[field] ?? [], inputs, report);
    } else if (!isSent(value) || (isBlank && needsText)) {
      if (needsText) report(needsText.severity, field, "missing", { expected: "text" });
    } else if (!isText(value)) reportType(field, value, "scalar", report);
    else if ((field === "prompt" || field === "model") && typeof value !== "string")
      reportType(field, value, "text", report);
    else {
      for (const rule of rules) {
        const problem = checkField(value, rule);
        if (problem) report(rule.severity, field, problem.code, problem.params);
      }
    }
  }
  checkMask(inputs, limits.mask, report);
  checkUnknownFields(params, report);
  for (const { severity, when } of limits.conflicts) {
    const names = Object.keys(when);
    if (!names.every((name) => holds(when[name] ?? {}, params[name]))) continue;
    const [first = "", ...rest] = names;
    const others = rest.map((field) => ({
      field,
      except: when[field]?.except,
      value: shownScalar(params[field]),
    }));
    report(severity, first, "conflict", { value: shownScalar(params[first]), others });
  }
  const model = String(params["model"]);
  for (const { host: where, date, replacements } of limits.shutdowns) {
    if (where !== host || date > dayOf(nowMs + noticeDays * 86_400_000)) continue;
    const code = date <= dayOf(nowMs) ? "shut_down" : "shutting_down";
    report("warning", "model", code, { model, host: where, date, replacements });
  }
  if (limits.notice) report("warning", "model", "notice", { model, notice: limits.notice });
  return problems;
}

const noRules: readonly FieldRule[] = [];

/** How many days before a shutdown an edit is warned of it. */
const noticeDays = 60;

function dayOf(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 10);
}

function holds({ enum: values, minimum, except }: Condition, value: unknown): boolean {
  if (except) return !isSent(value) || !except.some((one) => one === value);
  const isListed = !values || values.some((one) => one === value);
  return isSent(value) && isListed && (minimum === undefined || Number(value) >= minimum);
}

/** Returns text, a number or a boolean as a message may show it; files and absent values have no value to show. */
function shownScalar(value: unknown): ShownValue | undefined {
  return isText(value) ? toShownValue(value) : undefined;
}

function reportType(
  field: string,
  value: unknown,
  expected: ProblemParams["wrong_type"]["expected"],
  report: Report,
): void {
  report("error", field, "wrong_type", { actual: toShownValue(value), expected });
}

function isText(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function checkUnknownFields(params: Fields, report: Report): void {
  const known: readonly string[] = fieldNames;
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || name === "extra" || known.includes(name)) continue;
    if (known.some((field) => field.startsWith(`${name}[`))) {
      if (isSent(value)) reportType(name, value, "nestedFields", report);
    } else report("error", toShownName(name), "unknown_field", {});
  }
  const extra = params["extra"] ?? {};
  // A list's or a text's keys would be sent as fields, and a map's entries would be lost.
  if (Object.prototype.toString.call(extra) !== "[object Object]") {
    reportType("extra", extra, "fields", report);
    return;
  }
  for (const [name, value] of Object.entries(extra as Fields)) {
    const field = `extra.${toShownName(name)}`;
    // A file field is itself under every name: `mask[]` too.
    const fileField = name.replace(/\[.*/s, "");
    if (known.includes(name)) report("error", field, "known_field", { parameter: name });
    else if (["image", ...fileFields].includes(fileField))
      report("error", field, "known_field", { parameter: fileField });
    else if (isSent(value) && !isText(value) && !isFile(value))
      reportType(field, value, "scalarOrFile", report);
  }
}
