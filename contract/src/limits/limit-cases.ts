import { drawImage, mask, padPng, rotatedImage } from "../support/sample-images.ts";
import type { ConflictLimits, Family, FieldLimits, FileLimits, Strictness } from "./spec-limits.ts";

/** The expected verdict of client and mock. */
type Verdict = "accepted" | "error" | "warning";

/** One value just inside or just outside one limit of one model. */
export interface LimitCase {
  readonly title: string;
  readonly model: string | undefined;
  /** The field that an error or warning must name. */
  readonly field: string;
  readonly verdict: Verdict;
  /** Returns the parameters, merged over a valid image and prompt. */
  params(): Promise<Record<string, unknown>>;
}

type Value = string | number | boolean;

function fieldValues(limits: FieldLimits): { inside: Value[]; outside: Value[] } {
  const inside: Value[] = [];
  const outside: Value[] = [];
  if (limits.refused) return { inside, outside: [limits.type === "integer" ? 1 : "auto"] };
  if (limits.enum) {
    inside.push(...(limits.enum as Value[]));
    outside.push("no-such-value");
  }
  if (limits.type === "integer") {
    if (limits.minimum !== undefined) inside.push(limits.minimum);
    if (limits.minimum !== undefined) outside.push(limits.minimum - 1);
    if (limits.maximum !== undefined) inside.push(limits.maximum);
    if (limits.maximum !== undefined) outside.push(limits.maximum + 1);
    outside.push(1.5, "abc", "0x5", " 5");
  }
  if (limits.type === "boolean") {
    inside.push(true, false);
    outside.push("maybe");
  }
  // Counted in code points: each of these is one, and two UTF-16 units.
  if (limits.maxLength !== undefined) inside.push("\u{1f58c}".repeat(limits.maxLength));
  if (limits.maxLength !== undefined) outside.push("\u{1f58c}".repeat(limits.maxLength + 1));
  if (limits.minLength !== undefined) inside.push("\u{1f58c}".repeat(limits.minLength));
  if (limits.minLength === 1) outside.push("");
  if (limits.size) {
    const { words, multipleOf, maxRatio, maxEdgePx, minPixels = 1, maxPixels } = limits.size;
    const edge = 64 * multipleOf;
    // The smallest valid height for this width, and one step lower.
    const low = Math.max(multipleOf, Math.ceil(minPixels / edge / multipleOf) * multipleOf);
    if (minPixels > 1) outside.push(`${edge}x${low - multipleOf}`);
    const square = Math.ceil((Math.floor(Math.sqrt(maxPixels)) + 1) / multipleOf) * multipleOf;
    inside.push(
      ...words,
      `${edge}x${edge}`,
      `${edge}x${low}`,
      `${low}x${edge}`,
      `${edge + multipleOf}x${edge}`,
    );
    inside.push(`${maxEdgePx}x${Math.ceil(maxEdgePx / maxRatio / multipleOf) * multipleOf}`);
    outside.push(
      `${edge + 1}x${edge}`,
      `${edge + multipleOf / 2}x${edge}`,
      `${edge}x${edge - 1}`,
      "0x0",
      "1024",
      "1024X1024",
    );
    outside.push(
      `${maxEdgePx + multipleOf}x${Math.ceil(maxEdgePx / maxRatio / multipleOf + 1) * multipleOf}`,
    );
    outside.push(`${edge * maxRatio + multipleOf}x${edge}`, `${square}x${square}`);
  }
  return { inside, outside };
}

function describe(value: Value): string {
  const text = String(value);
  return text.length > 30 ? `${[...text].length} characters` : JSON.stringify(value);
}

/** Returns every case of one model. */
export function limitCases(family: Family, model: string | undefined): LimitCase[] {
  const cases: LimitCase[] = [];
  const name = model ?? "no model";
  const isFile = (field: string): boolean => family.fileFields.includes(field);
  const add = (field: string, verdict: Verdict, what: string, params: LimitCase["params"]): void => {
    cases.push({ title: `${name}: ${field} ${what} is ${verdict}`, model, field, verdict, params });
  };
  const isError = (field: string, value: Value): boolean => {
    const limits = family.errors.fields.get(field);
    return limits !== undefined && fieldValues(limits).outside.includes(value);
  };

  const valueFor = (
    name: string,
    { enum: values, minimum }: { enum?: readonly unknown[]; minimum?: number },
  ) => {
    const limits = family.errors.fields.get(name);
    return values?.[0] ?? minimum ?? limits?.enum?.[0] ?? limits?.minimum ?? "any";
  };
  /** Other fields that a field requires: frames need a gif. */
  const companions = (field: string): Record<string, unknown> => {
    const needed = family.errors.conflicts
      .filter(({ required }) => required.some((name) => name.split("[")[0] === field.split("[")[0]))
      .flatMap(({ properties }) => Object.entries(properties));
    return Object.fromEntries(needed.flatMap(([name, { not }]) => (not ? [[name, not.enum[0]]] : [])));
  };

  const addFields = ({ fields, conflicts, required }: Strictness, verdict: "error" | "warning"): void => {
    for (const [field, limits] of fields) {
      if (field === "model") continue;
      if (isFile(field)) {
        if (limits.refused) add(field, verdict, "sent", async () => ({ [field]: await mask() }));
        continue;
      }
      if (field === "image") {
        addCounts(field, limits, verdict);
        continue;
      }
      const { inside, outside } = fieldValues(limits);
      // A field with only a warning still has rejected values: this case uses an accepted one.
      const [allowed] = (verdict === "warning" && family.errors.fields.get(field)?.enum) || [];
      if (limits.refused && allowed !== undefined) outside.splice(0, 1, allowed as Value);
      for (const value of outside) {
        if (verdict === "warning" && isError(field, value)) continue;
        add(field, verdict, describe(value), async () => ({ ...companions(field), [field]: value }));
      }
      // A value that passes the errors may still cause a warning; only values inside both limits are accepted.
      for (const value of inside) {
        const others =
          verdict === "error" ? family.warnings.fields.get(field) : family.errors.fields.get(field);
        const other = others && fieldValues(others);
        const isInsideBoth =
          !other ||
          (!other.outside.includes(value) &&
            !(others.refused ?? false) &&
            (!others.enum || others.enum.includes(value)) &&
            (others.maxLength === undefined || [...String(value)].length <= others.maxLength));
        if (isInsideBoth)
          add(field, "accepted", describe(value), async () => ({ ...companions(field), [field]: value }));
      }
    }
    for (const field of required) {
      add(field, verdict, "absent", async () => ({ [field]: undefined }));
    }
    for (const conflict of conflicts) addConflict(conflict, verdict);
  };

  /** Every listed value of every field in the conflict, and each field just short of it. */
  const addConflict = (
    { required: names, properties }: ConflictLimits,
    verdict: "error" | "warning",
  ): void => {
    const [field = ""] = names;
    const partners = names.slice(1).join(" and ") || "nothing else";
    const conflicting = Object.fromEntries(
      names.map((name) => [name, valueFor(name, properties[name] ?? {})]),
    );
    const send = (expected: Verdict, what: string, changed: Record<string, unknown>): void =>
      add(field, expected, what, async () => {
        const params = { ...conflicting, ...changed };
        const files = Object.keys(params).filter(isFile);
        return {
          ...params,
          ...Object.fromEntries(await Promise.all(files.map(async (name) => [name, await mask()]))),
        };
      });
    send(verdict, `with ${partners}`, {});
    for (const [name, { enum: values = [], minimum, not }] of Object.entries(properties)) {
      for (const value of values.slice(1))
        send(verdict, `with ${partners}, ${name} ${describe(value as Value)}`, { [name]: value });
      if (minimum !== undefined)
        send("accepted", `with ${partners}, ${name} ${minimum - 1}`, { [name]: minimum - 1 });
      // A value that is not sent conflicts; so does one beside the needed values.
      const others = (family.errors.fields.get(name)?.enum ?? []).filter(
        (value) => !not?.enum.includes(value),
      );
      for (const value of not ? others : [])
        send(verdict, `with ${name} ${describe(value as Value)}`, { [name]: value });
    }
  };

  const addCounts = (
    field: string,
    { minItems, maxItems }: FieldLimits,
    verdict: "error" | "warning",
  ): void => {
    const several = (count: number) => async () => {
      const one = await drawImage();
      return { [field]: Array.from({ length: count }, () => one) };
    };
    if (minItems === 1) add(field, verdict, "none", several(0));
    const maxOfErrors = family.errors.fields.get("image")?.maxItems ?? Number.POSITIVE_INFINITY;
    if (maxItems === undefined || (verdict === "warning" && maxItems >= maxOfErrors)) return;
    add(field, verdict, `${maxItems + 1} files`, several(maxItems + 1));
    const maxOfWarnings = family.warnings.fields.get("image")?.maxItems ?? Number.POSITIVE_INFINITY;
    if (maxItems <= maxOfWarnings) add(field, "accepted", `${maxItems} files`, several(maxItems));
  };

  const addFiles = ({ image, files }: Strictness, verdict: "error" | "warning"): void => {
    addImage(image, verdict);
    for (const [field, limits] of files) addFile(field, limits, verdict);
  };

  const addFile = (field: string, limits: FileLimits, verdict: "error" | "warning"): void => {
    const { mediaTypes, belowBytes, sizeOfFirstImage, sizeOfUprightFirstImage } = limits;
    const { transparentPixel, someTransparency } = limits;
    const send = (what: string, expected: Verdict, make: () => Promise<Uint8Array>): void =>
      add(field, expected, what, async () => ({ [field]: await make() }));
    send("with a hole", "accepted", () => mask());
    for (const format of ["jpeg", "webp", "gif"] as const) {
      if (!mediaTypes || mediaTypes.includes(`image/${format}`)) continue;
      const make = () => (format === "jpeg" ? drawImage(format) : mask("holed", 64, 64, format));
      send(`image/${format}`, verdict, make);
    }
    if (belowBytes !== undefined) {
      send(`${belowBytes - 1} bytes`, "accepted", async () => padPng(await mask(), belowBytes - 1));
      send(`${belowBytes} bytes`, verdict, async () => padPng(await mask(), belowBytes));
    }
    if (sizeOfFirstImage || sizeOfUprightFirstImage) {
      send("63x64", verdict, () => mask("holed", 63, 64));
      send("64x65", verdict, () => mask("holed", 64, 65));
    }
    if (sizeOfUprightFirstImage) {
      const rotated = async () => ({ image: await rotatedImage(64, 32) });
      for (const [width, height, expected] of [
        [32, 64, "accepted"],
        [64, 32, verdict],
      ] as const)
        add(field, expected, `${width}x${height} over a rotated image`, async () => ({
          ...(await rotated()),
          [field]: await mask("holed", width, height),
        }));
    }
    if (!someTransparency && !transparentPixel) return;
    send("half transparent", transparentPixel ? verdict : "accepted", () => mask("soft"));
    send("opaque", verdict, () => mask("opaque"));
    send("without alpha", verdict, () => mask("flat"));
  };

  const addImage = (limits: FileLimits, verdict: "error" | "warning"): void => {
    for (const type of limits.mediaTypes ?? []) {
      const format = type.split("/")[1] as "png" | "jpeg" | "webp";
      add("image", "accepted", type, async () => ({ image: await drawImage(format) }));
    }
    for (const format of ["jpeg", "webp", "gif"] as const) {
      if (!limits.mediaTypes || limits.mediaTypes.includes(`image/${format}`)) continue;
      add("image", verdict, `image/${format}`, async () => ({ image: await drawImage(format) }));
    }
    const { belowBytes, square } = limits;
    if (belowBytes !== undefined) {
      add("image", "accepted", `${belowBytes - 1} bytes`, async () => ({
        image: padPng(await drawImage(), belowBytes - 1),
      }));
      add("image", verdict, `${belowBytes} bytes`, async () => ({
        image: padPng(await drawImage(), belowBytes),
      }));
    }
    if (square) add("image", verdict, "64x32", async () => ({ image: await drawImage("png", 64, 32) }));
  };

  addFields(family.errors, "error");
  addFields(family.warnings, "warning");
  addFiles(family.errors, "error");
  addFiles(family.warnings, "warning");
  return cases;
}
