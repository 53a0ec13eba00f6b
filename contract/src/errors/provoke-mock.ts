import { createHandlers } from "@retouch/mock";
import { startMockServer } from "@retouch/mock/server";
import { setupServer } from "msw/node";
import { clientOf, type Observation, observe, type Provocation, params } from "./observe.ts";

type Options = Parameters<typeof startMockServer>[0];

function atMock(code: string, options: Options, scenario = "ok"): Provocation {
  return async () => {
    const server = await startMockServer({ port: 0, ...options });
    try {
      return [await edit(code, server.url, scenario)];
    } finally {
      await server.close();
    }
  };
}

function edit(code: string, baseUrl: string, scenario: string): Promise<Observation> {
  const client = clientOf(baseUrl, {
    headers: { "x-mock-scenario": scenario },
    // msw replaces `fetch`, which is looked up at each call.
    fetch: (...given: Parameters<typeof fetch>) => fetch(...given),
  });
  return observe(code, () => client.edit(params));
}

/** Provocations of the mock's own codes. */
export const mock: Readonly<Record<string, Provocation>> = {
  unknown_scenario: atMock("unknown_scenario", {}, "odd"),
  mock_failure: atMock("mock_failure", {
    render: () => {
      throw new Error("A test.");
    },
  }),
  scenario_needs_socket: async () => {
    const baseUrl = "https://api.example";
    const server = setupServer(...createHandlers({ baseUrl, render: "drawn" }));
    server.listen({ onUnhandledFrame: "error" });
    try {
      return [await edit("scenario_needs_socket", baseUrl, "reset")];
    } finally {
      server.close();
    }
  },
};
