import * as React from "react";
import { Component, type ReactNode, StrictMode, useState } from "react";
import { afterEach, beforeEach, describe, expect, inject, it, vi } from "vitest";
import { cleanup, render } from "vitest-browser-react";
import { controlledTransport } from "../fixtures/controlled-transport.ts";
import { ask, Editor, file, Owner } from "../fixtures/editor.tsx";
import { watchObjectUrls } from "../fixtures/watch-object-urls.ts";
import type { EditTransport } from "../transport/edit-transport.ts";
import { EditSessionProvider, useEditSession } from "./edit-session-provider.ts";
import { useImageEdit } from "./use-image-edit.ts";

function Counting({ transport, heard }: { transport: EditTransport; heard: number[] }) {
  const [count, setCount] = useState(0);
  const edit = useImageEdit({ transport, onFinish: () => heard.push(count) });
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
    <button type="button" onClick={() => edit({ ...ask, image: file })}>
      Edit
    </button>
  );
}

class Complaint extends Component<{ children: ReactNode }, { message?: string }> {
  override state: { message?: string } = {};
  static getDerivedStateFromError(error: unknown) {
    return { message: String(error) };
  }
  override render() {
    return this.state.message ?? this.props.children;
  }
}

let complaints: ReturnType<typeof vi.spyOn>;

beforeEach(() => {
  complaints = vi.spyOn(console, "error");
});

afterEach(async () => {
  await cleanup();
  expect(complaints).not.toHaveBeenCalled();
  vi.restoreAllMocks();
});

describe("useImageEdit", () => {
  it("is tested on the version of React that this project names", () => {
    expect(`react-${React.version.split(".")[0]}`).toBe(inject("react"));
  });

  it("shows how an edit goes, and its picture", async () => {
    const transport = controlledTransport();
    const screen = await render(<Owner transport={transport} />);
    await expect.element(screen.getByRole("status")).toHaveTextContent("idle");
    await screen.getByText("Edit").click();
    await expect.element(screen.getByRole("status")).toHaveTextContent("uploading");
    transport.calls[0]?.succeed("night");
    await expect.element(screen.getByAltText("step 2")).toBeInTheDocument();
  });

  it("sends one edit under StrictMode, for a double click too, and survives its rehearsals", async () => {
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

  it("aborts when its component goes, and leaves no object URL", async () => {
    const urls = watchObjectUrls();
    const transport = controlledTransport();
    const screen = await render(
      <StrictMode>
        <Owner transport={transport} />
      </StrictMode>,
    );
    await screen.getByText("Edit").click();
    await vi.waitFor(() => expect(transport.calls).toHaveLength(1));
    transport.calls[0]?.succeed("night");
    await expect.element(screen.getByAltText("step 2")).toBeInTheDocument();
    await screen.getByText("Edit").click();
    await vi.waitFor(() => expect(transport.calls).toHaveLength(2));
    expect(urls.alive.size).toBe(2);
    await screen.unmount();
    await vi.waitFor(() => expect(urls.alive.size).toBe(0));
    expect(transport.calls[1]?.events.signal.aborted).toBe(true);
  });

  it("finishes what its component left behind when asked to keep it", async () => {
    const urls = watchObjectUrls();
    const onFinish = vi.fn();
    const transport = controlledTransport();
    const screen = await render(<Owner transport={transport} onUnmount="keep" onFinish={onFinish} />);
    await screen.getByText("Edit").click();
    await vi.waitFor(() => expect(transport.calls).toHaveLength(1));
    await screen.unmount();
    expect(transport.calls[0]?.events.signal.aborted).toBe(false);
    transport.calls[0]?.succeed("night");
    await vi.waitFor(() => expect(onFinish).toHaveBeenCalledOnce());
    await vi.waitFor(() => expect(urls.alive.size).toBe(0));
  });

  it("calls the callback of the latest render", async () => {
    const transport = controlledTransport();
    const heard: number[] = [];
    const screen = await render(<Counting transport={transport} heard={heard} />);
    await screen.getByText("Edit").click();
    await screen.getByText("Count").click();
    await vi.waitFor(() => expect(transport.calls).toHaveLength(1));
    transport.calls[0]?.succeed("night");
    await vi.waitFor(() => expect(heard).toEqual([7]));
  });

  it("runs on while a key change swaps only its siblings, and ends with its own key", async () => {
    const transport = controlledTransport();
    const screen = await render(<Owner key="a" transport={transport} />);
    await screen.getByText("Edit").click();
    await vi.waitFor(() => expect(transport.calls).toHaveLength(1));
    await screen.rerender(<Owner key="b" transport={transport} />);
    await expect.element(screen.getByRole("status")).toHaveTextContent("idle");
    expect(transport.calls[0]?.events.signal.aborted).toBe(true);
  });

  it("shares one session among the components below a provider", async () => {
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
    await vi.waitFor(() => expect(transport.calls[0]?.events.signal.aborted).toBe(true));
  });

  it("says what to do when there is no session to use", async () => {
    complaints.mockImplementation(() => {});
    const screen = await render(
      <Complaint>
        <Status />
      </Complaint>,
    );
    complaints.mockClear();
    await expect.element(screen.getByText(/Put an `<EditSessionProvider>` above/)).toBeInTheDocument();
  });
});
