import type { RetouchCode } from "../errors/codes.ts";
import type { Problem } from "../errors/errors.ts";
import { fieldNames, fileFields } from "../generated/limits.gen.ts";
import type { Condition, ModelLimits } from "../models/limit-types.ts";
import { checkField, formatValue, isFile, joinOr, quoteFieldName } from "./check-field.ts";
import { checkFileField, checkImages, checkMask, type EditInputs } from "./check-images.ts";

/** When and where an edit would be sent: models end on a day, at a host. */
export interface PreflightContext {
  readonly host: string;
  readonly nowMs: number;
}

type Fields = Readonly<Record<string, unknown>>;

/** Tells whether a field would be part of the form: `0` and `false` are, what is empty is not. */
export function isSent(value: unknown): boolean {
  return value !== undefined && value !== null && value !== "";
}

/** Finds everything about an edit that its model's limits speak against, in the order of the form. Pure. */
export function preflight(
  params: Fields,
  inputs: EditInputs,
  limits: ModelLimits,
  { host, nowMs }: PreflightContext,
): Problem[] {
  const problems: Problem[] = [];
  const report = (severity: Problem["severity"], field: string, code: RetouchCode, rest: string): void => {
    problems.push({ severity, field, code, message: `\`${field}\` ${rest}` });
  };
  checkImages(inputs, limits, report);
  problems.push(...inputs.unreadable);
  for (const field of fieldNames) {
    if (field === "image" || field === "mask") continue;
    const value = params[field];
    const isBlank = typeof value === "string" && value.trim() === "";
    const needsText = limits.fields[field]?.find(({ minLength }) => minLength);
    if (fileFields.includes(field)) {
      const rules = limits.fields[field] ?? [];
      for (const { severity } of isSent(value) ? rules.filter(({ refused }) => refused) : []) {
        report(severity, field, "refused", "is not a field of this model. Leave it out.");
      }
      const file = inputs.files?.[field];
      if (file) checkFileField(file, limits.files[field] ?? [], inputs, report);
    } else if (!isSent(value) || (isBlank && needsText)) {
      if (needsText) report(needsText.severity, field, "missing", "is empty or missing. Give a text.");
    } else if (!isText(value))
      report("error", field, "wrong_type", `is ${formatValue(value)}. Give a text, a number or a boolean.`);
    else if (/^(prompt|model)$/.test(field) && typeof value !== "string") {
      report("error", field, "wrong_type", `is ${formatValue(value)}. Give a text.`);
    } else {
      for (const rule of limits.fields[field] ?? []) {
        const fault = checkField(value, rule);
        if (fault) report(rule.severity, field, fault.code, `is ${fault.actual}. ${fault.hint}`);
      }
    }
  }
  checkMask(inputs, limits.mask, report);
  checkUnknownFields(params, report);
  for (const { severity, when } of limits.conflicts) {
    const names = Object.keys(when);
    if (!names.every((name) => holds(when[name] ?? {}, params[name]))) continue;
    const [first = "", ...others] = names;
    const rest = others.map((name) => describeCondition(name, when[name] ?? {}, params[name])).join(" and ");
    const value = isText(params[first]) ? `${formatValue(params[first])} ` : "";
    report(severity, first, "conflict", `${value}does not go with ${rest}. Change one of them.`);
  }
  for (const { host: where, date, replacements } of limits.shutdowns) {
    if (where !== host || date > dayOf(nowMs + noticeDays * 86_400_000)) continue;
    const isPast = date <= dayOf(nowMs);
    const event = `${isPast ? "was" : "will be"} shut down at ${where} on ${date}`;
    const hint = replacements.length > 0 ? `Use ${joinOr(replacements)}` : "Choose another";
    const code = isPast ? "shut_down" : "shutting_down";
    report("warning", "model", code, `is \`${params["model"]}\`, which ${event}. ${hint}.`);
  }
  if (limits.notice)
    report("warning", "model", "notice", `is \`${params["model"]}\`: ${limits.notice}. Choose another.`);
  return problems;
}

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

function describeCondition(name: string, { except }: Condition, value: unknown): string {
  if (except) return `\`${name}\` other than ${joinOr(except.map(String))}`;
  return isText(value) ? `\`${name}\` ${formatValue(value)}` : `\`${name}\``;
}

function isText(value: unknown): boolean {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

function checkUnknownFields(
  params: Fields,
  report: (severity: "error", field: string, code: RetouchCode, rest: string) => void,
): void {
  const known: readonly string[] = fieldNames;
  for (const [name, value] of Object.entries(params)) {
    if (value === undefined || name === "extra" || known.includes(name)) continue;
    if (known.some((field) => field.startsWith(`${name}[`))) {
      const hint = "Give an object of fields, or each under its own name, never both.";
      if (isSent(value)) report("error", name, "wrong_type", `is ${formatValue(value)}. ${hint}`);
      continue;
    }
    report(
      "error",
      quoteFieldName(name),
      "unknown_field",
      "is no field of the spec. Check its spelling, or pass it in `extra`.",
    );
  }
  const extra = params["extra"] ?? {};
  // A list's or a text's keys would be sent as fields, and a map's entries would be lost.
  if (Object.prototype.toString.call(extra) !== "[object Object]") {
    report("error", "extra", "wrong_type", `is ${formatValue(extra)}. Give an object of fields.`);
    return;
  }
  for (const [name, value] of Object.entries(extra as Fields)) {
    const field = `extra.${quoteFieldName(name)}`;
    // A file field is itself under every name: `mask[]` too.
    if (known.includes(name) || ["image", ...fileFields].includes(name.replace(/\[.*/s, "")))
      report(
        "error",
        field,
        "known_field",
        `is a field of its own. Pass it as \`${known.includes(name) ? name : name.replace(/\[.*/s, "")}\`.`,
      );
    else if (isSent(value) && !isText(value) && !isFile(value)) {
      const hint = "Give a text, a number, a boolean or a file.";
      report("error", field, "wrong_type", `is ${formatValue(value)}. ${hint}`);
    }
  }
}
