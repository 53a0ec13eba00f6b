import { describe } from "vitest";
import { cell, react, readmeCode } from "../rehearsal.ts";

const library = [
  "@retouch/client",
  "@retouch/react-hooks",
  ...react,
  "@testing-library/react@16",
  "@testing-library/dom@10",
];

/** The default of 5 s is too short for a busy machine. */
const timeout = "--testTimeout=60000";

export function componentTestCells(): void {
  describe("a test of a component", () => {
    cell("a test of a component in Jest 30, jsdom", async (project) => {
      await project.copy("tests");
      await project.write("jsdom-environment.cjs", readmeCode("react-hooks", /environment-jsdom-abstract/));
      await project.install(...library, "jest@30", "@jest/environment-jsdom-abstract@30", "jsdom@26");
      await project.node(
        "--experimental-vm-modules",
        "--no-warnings",
        "node_modules/jest/bin/jest.js",
        timeout,
      );
    });
    for (const environment of ["jsdom", "happy-dom"]) {
      cell(`a test of a component in vitest, ${environment}`, async (project) => {
        await project.copy("tests");
        await project.install(...library, "vitest", environment);
        const argv = ["run", "--globals", "--environment", environment, timeout];
        await project.node("node_modules/vitest/vitest.mjs", ...argv);
      });
    }
  });
}
