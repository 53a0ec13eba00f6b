import { Activity, StrictMode } from "react";
import { describe, expect, it } from "vitest";
import { render } from "vitest-browser-react";
import { controlledTransport } from "../fixtures/controlled-transport.ts";
import { Owner } from "../fixtures/editor.tsx";
import { expectNoConsoleErrors } from "../fixtures/no-console-errors.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";

expectNoConsoleErrors();

describe("a hidden <Activity>", () => {
  it("a hidden Activity leaves the edit running and shows its result once visible again", async () => {
    const urls = watchObjectUrls();
    const transport = controlledTransport();
    const page = (mode: "visible" | "hidden") => (
      <StrictMode>
        <Activity mode={mode}>
          <Owner transport={transport} />
        </Activity>
      </StrictMode>
    );
    const screen = await render(page("visible"));
    await screen.getByText("Edit").click();
    await expect.poll(() => transport.calls).toHaveLength(1);
    await screen.rerender(page("hidden"));
    await expect.element(screen.getByText("Edit")).not.toBeVisible();
    expect(transport.calls[0]?.events.signal.aborted).toBe(false);
    transport.calls[0]?.succeed("night");
    await expect.poll(() => urls.alive.size).toBe(2);
    await screen.rerender(page("visible"));
    await expect.element(screen.getByAltText("step 2")).toBeVisible();
    await screen.unmount();
    await expect.poll(() => urls.alive.size).toBe(0);
  });

  it("unmounting a hidden Activity aborts the edit", async () => {
    const transport = controlledTransport();
    const screen = await render(
      <Activity mode="visible">
        <Owner transport={transport} />
      </Activity>,
    );
    await screen.getByText("Edit").click();
    await expect.poll(() => transport.calls).toHaveLength(1);
    await screen.rerender(
      <Activity mode="hidden">
        <Owner transport={transport} />
      </Activity>,
    );
    expect(transport.calls[0]?.events.signal.aborted).toBe(false);
    await screen.unmount();
    await expect.poll(() => transport.calls[0]?.events.signal.aborted).toBe(true);
  });
});
