import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { describe, expect, it } from "vitest";
import { EditSession } from "../session/edit-session.ts";
import { proxyTransport } from "../transport/proxy-transport.ts";
import { useImageEdit } from "./use-image-edit.ts";
import { useMask } from "./use-mask.ts";

function Page() {
  const edit = useImageEdit({ transport: proxyTransport("/api/image-edit") });
  const mask = useMask({ width: 0, height: 0 });
  return createElement("p", { ...mask.canvasProps, ref: null }, `${edit.status} ${mask.isEmpty}`);
}

describe("on a server", () => {
  it("renders the idle state, without a page to stand in", () => {
    expect(typeof document).toBe("undefined");
    expect(renderToString(createElement(Page))).toContain("idle true");
  });

  it("hydrates from a state that never changes", () => {
    const session = new EditSession({ transport: proxyTransport("/api/image-edit") });
    expect(session.getServerSnapshot()).toBe(session.getServerSnapshot());
    expect(session.getSnapshot()).toBe(session.getServerSnapshot());
  });
});
