/** Codes that only the mock sends; its other codes are those of real servers. */
export const mockCodes = {
  unknown_scenario: { outcome: "rejected", sentence: "The name of the scenario is not known." },
  scenario_needs_socket: {
    outcome: "unknown",
    sentence: "The scenario breaks the connection, which only `startMockServer` can do.",
  },
  mock_failure: { outcome: "unknown", sentence: "The mock or its `render` function threw an error." },
} as const;
