import { parseObject } from "../document/parse-object.ts";
import type { SpecInputs } from "../generate/read-inputs.ts";
import { applyToVendor, type BuiltSpec, buildSpec } from "../overlay/build-spec.ts";
import { findMisfits, refuseMisfits } from "../read/find-misfits.ts";
import { readPrices } from "../read/read-prices.ts";
import { readSpec } from "../read/read-spec.ts";
import type { Spec } from "../spec-types.ts";
import { buildVendor, defaultOverlay, nameOverlay, renderVendor } from "../vendors/build-vendor.ts";
import { differenceSection } from "../vendors/difference-section.ts";
import { chooseFlags, readOwnOptions } from "./cli-flags.ts";
import { emitCli } from "./emit-cli.ts";
import { emitDialectFacts } from "./emit-dialect-facts.ts";
import { emitDialects } from "./emit-dialects.ts";
import { emitDocs } from "./emit-docs.ts";
import { emitEditFields } from "./emit-edit-fields.ts";
import { emitJsonBody } from "./emit-json-body.ts";
import { emitEndpoint, emitLimits } from "./emit-limits.ts";
import { emitMock } from "./emit-mock.ts";
import { emitMockValidator } from "./emit-mock-validator.ts";
import { emitPrices } from "./emit-prices.ts";
import { emitServerDocs } from "./emit-server-docs.ts";
import { emitServers } from "./emit-servers.ts";
import { emitWholeTypes } from "./emit-types.ts";

export interface Outputs {
  /** Text by path relative to the output directory. */
  outputs: Map<string, string>;
  notes: string[];
  spec: Spec;
}

/** Renders the text of every generated file without writing any. */
export async function renderOutputs(inputs: SpecInputs): Promise<Outputs> {
  const built = await buildSpec(inputs.vendor, inputs.overlay);
  try {
    const spec = readSpec(built.document);
    refuseMisfits(findMisfits(built, spec));
    return await emitAll(built, spec, inputs);
  } finally {
    // Redocly reads its directory until it finishes, even after an emitter has failed.
    await Promise.allSettled([built.linted]);
  }
}

/** Renders what depends on the document of one vendor beside the default one: nothing that another vendor's clients get. */
export async function renderOther(inputs: SpecInputs, slug: string): Promise<Omit<Outputs, "spec">> {
  const overlay = parseObject(inputs.overlay, defaultOverlay);
  const first = applyToVendor(parseObject(inputs.vendor, "The vendor's document"), overlay);
  const spec = readSpec(first.document);
  const others = inputs.others.map((vendor) => buildVendor(vendor, inputs.overlay));
  const changed = others.filter(({ vendor }) => vendor.slug === slug);
  const rendered = await Promise.all(changed.map(renderVendor));
  const differences = differenceSection({ ...first, spec }, inputs.servers, others);
  return {
    outputs: new Map([
      ["docs/models.md", emitDocs(spec, readPrices(inputs.prices, spec), differences)],
      ...rendered.flatMap((one) => one.outputs),
    ]),
    notes: rendered.flatMap((one) => one.notes),
  };
}

/** Renders the outputs of a spec without misfits. */
export async function emitAll(built: BuiltSpec, spec: Spec, inputs: SpecInputs): Promise<Outputs> {
  const others = inputs.others.map((vendor) => buildVendor(vendor, inputs.overlay));
  const [whole, validator, ...rendered] = await Promise.all([
    emitWholeTypes(built.document, built.raw),
    emitMockValidator(spec),
    ...others.map(renderVendor),
  ]);
  const prices = readPrices(inputs.prices, spec);
  const servers = emitServers(inputs.servers, spec);
  const dialects = emitDialects(inputs.dialects);
  const dialectFacts = emitDialectFacts(inputs.dialects);
  const { flags, notes } = chooseFlags(spec.fields, readOwnOptions());
  const outputs = new Map([
    ["spec/openapi.yaml", built.text],
    ["packages/client/src/generated/openapi.gen.ts", whole.types],
    ["packages/client/src/generated/edit-fields.gen.ts", emitEditFields(spec)],
    ["packages/client/src/generated/endpoint.gen.ts", emitEndpoint(spec)],
    ["packages/client/src/generated/limits.gen.ts", emitLimits(spec)],
    ["packages/client/src/generated/prices.gen.ts", emitPrices(prices, spec)],
    ["packages/client/src/generated/servers.gen.ts", servers.client],
    ["packages/client/src/generated/base-urls.gen.ts", dialects.baseUrls],
    ["packages/client/src/generated/dialect-names.gen.ts", dialects.names],
    ["packages/client/src/generated/dialects.gen.ts", dialects.presets],
    ["packages/client/src/generated/json-body.gen.ts", emitJsonBody(spec)],
    ["packages/client/src/generated/example-model.gen.ts", servers.example],
    ["packages/react-hooks/src/generated/example-model.gen.ts", servers.example],
    ["packages/mock/src/generated/spec.gen.ts", emitMock(spec, prices)],
    ["packages/mock/src/generated/validator.gen.ts", validator],
    ["packages/cli/src/generated/fields.gen.ts", emitCli(spec, flags)],
    ["packages/cli/src/generated/servers.gen.ts", servers.cli],
    ["packages/cli/src/generated/dialect-names.gen.ts", dialectFacts.names],
    ["packages/cli/src/generated/dialect-facts.gen.ts", dialectFacts.facts],
    ["docs/servers.md", emitServerDocs(inputs.dialects, spec)],
    ["docs/models.md", emitDocs(spec, prices, differenceSection({ ...built, spec }, inputs.servers, others))],
    ...rendered.flatMap((one) => one.outputs),
  ]);
  await built.linted;
  const fromOthers = [
    ...others.flatMap(({ vendor, spec }) =>
      spec.notes.map((note) => `${vendor.name}: ${nameOverlay(note, `spec/${vendor.overlay}`)}`),
    ),
    ...rendered.flatMap((one) => one.notes),
  ];
  return { outputs, notes: [...spec.notes, ...notes, ...whole.notes, ...fromOthers], spec };
}
