import * as React from "react";
import { Component, type ReactNode, StrictMode, useState } from "react";
import { describe, expect, inject, it, vi } from "vitest";
import { render } from "vitest-browser-react";
import { controlledTransport } from "../fixtures/controlled-transport.ts";
import { Editor, file, Owner, params } from "../fixtures/editor.tsx";
import { expectNoConsoleErrors } from "../fixtures/no-console-errors.ts";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";
import type { EditTransport } from "../transport/edit-transport.ts";
import { EditSessionProvider, useEditSession } from "./edit-session-provider.ts";
import { useImageEdit } from "./use-image-edit.ts";

function Counting({ transport, counts }: { transport: EditTransport; counts: number[] }) {
  const [count, setCount] = useState(0);
  const edit = useImageEdit({ transport, onFinish: () => counts.push(count) });
  return (
    <>
      <button type="button" onClick={() => setCount(7)}>
        Count
      </button>
      <Editor edit={edit} />
    </>
  );
}

function Status() {
  return <p>{useEditSession().status}</p>;
}

function Button() {
  const { edit } = useEditSession();
  return (
    <button type="button" onClick={() => edit({ ...params, image: file })}>
      Edit
    </button>
  );
}

class ErrorBoundary extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};
  static getDerivedStateFromError(error: unknown) {
    return { message: String(error) };
  }
  override render() {
    return this.state.message ?? this.props.children;
  }
}

const consoleErrors = expectNoConsoleErrors();

describe("useImageEdit", () => {
  it("useImageEdit is tested on the React version that this test project names", () => {
    expect(`react-${React.version.split(".")[0]}`).toBe(inject("react"));
  });

  it("useImageEdit shows the progress of an edit and its result", async () => {
    const transport = controlledTransport();
    const screen = await render(<Owner transport={transport} />);
    await expect.element(screen.getByRole("status")).toHaveTextContent("idle");
    await screen.getByText("Edit").click();
    await expect.element(screen.getByRole("status")).toHaveTextContent("uploading");
    transport.calls[0]?.succeed("night");
    await expect.element(screen.getByAltText("step 2")).toBeInTheDocument();
  });

  it("useImageEdit sends one edit under StrictMode, even for a double click", async () => {
    const transport = controlledTransport();
    const screen = await render(
      <StrictMode>
        <Owner transport={transport} />
      </StrictMode>,
    );
    await screen.getByText("Edit").dblClick();
    await expect.element(screen.getByRole("status")).toHaveTextContent("uploading");
    expect(transport.calls).toHaveLength(1);
    transport.calls[0]?.succeed("night");
    await expect.element(screen.getByRole("status")).toHaveTextContent("success");
  });

  it("unmounting aborts the edit and revokes every object URL", async () => {
    const urls = watchObjectUrls();
    const transport = controlledTransport();
    const screen = await render(
      <StrictMode>
        <Owner transport={transport} />
      </StrictMode>,
    );
    await screen.getByText("Edit").click();
    await expect.poll(() => transport.calls).toHaveLength(1);
    transport.calls[0]?.succeed("night");
    await expect.element(screen.getByAltText("step 2")).toBeInTheDocument();
    await screen.getByText("Edit").click();
    await expect.poll(() => transport.calls).toHaveLength(2);
    expect(urls.alive.size).toBe(2);
    await screen.unmount();
    await expect.poll(() => urls.alive.size).toBe(0);
    expect(transport.calls[1]?.events.signal.aborted).toBe(true);
  });

  it("unmounting with `onUnmount: keep` lets the edit finish", async () => {
    const urls = watchObjectUrls();
    const onFinish = vi.fn();
    const transport = controlledTransport();
    const screen = await render(<Owner transport={transport} onUnmount="keep" onFinish={onFinish} />);
    await screen.getByText("Edit").click();
    await expect.poll(() => transport.calls).toHaveLength(1);
    await screen.unmount();
    expect(transport.calls[0]?.events.signal.aborted).toBe(false);
    transport.calls[0]?.succeed("night");
    await expect.poll(() => onFinish).toHaveBeenCalledOnce();
    await expect.poll(() => urls.alive.size).toBe(0);
    expect(urls.created()).toBe(2);
  });

  it("useImageEdit calls the callback of the latest render", async () => {
    const transport = controlledTransport();
    const counts: number[] = [];
    const screen = await render(<Counting transport={transport} counts={counts} />);
    await screen.getByText("Edit").click();
    await screen.getByText("Count").click();
    await expect.poll(() => transport.calls).toHaveLength(1);
    transport.calls[0]?.succeed("night");
    await expect.poll(() => counts).toEqual([7]);
  });

  it("a key change of a sibling leaves the edit running, its own aborts it", async () => {
    const transport = controlledTransport();
    const page = (sibling: string, own: string) => (
      <>
        <p key={sibling}>{sibling}</p>
        <Owner key={own} transport={transport} />
      </>
    );
    const screen = await render(page("first", "a"));
    await screen.getByText("Edit").click();
    await expect.poll(() => transport.calls).toHaveLength(1);
    await screen.rerender(page("second", "a"));
    await expect.element(screen.getByText("second")).toBeInTheDocument();
    await expect.element(screen.getByRole("status")).toHaveTextContent("uploading");
    expect(transport.calls[0]?.events.signal.aborted).toBe(false);
    await screen.rerender(page("second", "b"));
    await expect.element(screen.getByRole("status")).toHaveTextContent("idle");
    expect(transport.calls[0]?.events.signal.aborted).toBe(true);
  });

  it("EditSessionProvider shares one session among the components below it", async () => {
    const transport = controlledTransport();
    const screen = await render(
      <EditSessionProvider transport={transport}>
        <Status />
        <Button />
      </EditSessionProvider>,
    );
    await screen.getByText("Edit").click();
    await expect.element(screen.getByText("uploading")).toBeInTheDocument();
    await screen.unmount();
    await expect.poll(() => transport.calls[0]?.events.signal.aborted).toBe(true);
  });

  it("useEditSession without a session says what to do", async () => {
    consoleErrors.spy.mockImplementation(() => {});
    const screen = await render(
      <ErrorBoundary>
        <Status />
      </ErrorBoundary>,
    );
    consoleErrors.spy.mockClear();
    await expect.element(screen.getByText(/Render an `<EditSessionProvider>` above/)).toBeInTheDocument();
  });
});
