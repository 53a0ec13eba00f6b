import { StrictMode, useEffect } from "react";
import { describe, expect, it } from "vitest";
import { render } from "vitest-browser-react";
import { controlledTransport } from "../fixtures/controlled-transport.ts";
import { file, params } from "../fixtures/editor.tsx";
import { expectNoConsoleErrors } from "../fixtures/no-console-errors.ts";
import { EditSession } from "../session/edit-session.ts";
import type { ImageEdit } from "../session/image-edit.ts";
import type { EditTransport } from "../transport/edit-transport.ts";
import { EditSessionProvider } from "./edit-session-provider.ts";
import { useEditSelector } from "./use-edit-selector.ts";
import { useImageEdit } from "./use-image-edit.ts";

function Prompts({ seen }: { seen: string[][] }) {
  const prompts = useEditSelector(({ runs }) => runs.map((run) => String(run.params["prompt"])), {
    isEqual: (before, after) => before.join() === after.join(),
  });
  useEffect(() => void seen.push(prompts));
  return <output>{prompts.join()}</output>;
}

function Owner(props: { transport: EditTransport; seen: Set<ImageEdit>; count: number }) {
  const { transport, seen, count } = props;
  const edit = useImageEdit({ transport, onFinish: () => count });
  useEffect(() => void seen.add(edit));
  return (
    <button type="button" onClick={() => edit.edit({ ...params, image: file })}>
      {count} {String(edit.isPending)} {String(edit.isSuccess)} {String(edit.isError)}
    </button>
  );
}

expectNoConsoleErrors();

describe("useEditSelector", () => {
  it("useEditSelector renders again only when the selection changes", async () => {
    const session = new EditSession({ transport: controlledTransport() });
    const seen: string[][] = [];
    const screen = await render(
      <EditSessionProvider session={session}>
        <Prompts seen={seen} />
      </EditSessionProvider>,
    );
    void session.edit({ ...params, image: file });
    await expect.element(screen.getByRole("status")).toHaveTextContent("make it night");
    await expect.poll(() => session.getSnapshot().status).toBe("uploading");
    session.cancel();
    await expect.poll(() => session.getSnapshot().status).toBe("canceled");
    expect(seen).toEqual([[], ["make it night"]]);
    session.dispose();
  });

  it("useImageEdit returns the same object while nothing changes", async () => {
    const transport = controlledTransport();
    const seen = new Set<ImageEdit>();
    const page = (count: number) => (
      <StrictMode>
        <Owner {...{ transport, seen, count }} />
      </StrictMode>
    );
    const screen = await render(page(0));
    for (const count of [1, 2, 3]) await screen.rerender(page(count));
    await expect.element(screen.getByText("3 false false false")).toBeInTheDocument();
    expect(seen.size).toBe(1);
    await screen.getByRole("button").click();
    await expect.element(screen.getByText("3 true false false")).toBeInTheDocument();
    await expect.poll(() => transport.calls).toHaveLength(1);
    transport.calls[0]?.succeed("night");
    await expect.element(screen.getByText("3 false true false")).toBeInTheDocument();
  });
});
