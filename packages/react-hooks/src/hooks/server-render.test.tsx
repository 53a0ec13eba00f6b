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

describe("server rendering", () => {
  it("a server without a DOM renders the idle state", () => {
    expect(typeof document).toBe("undefined");
    expect(renderToString(createElement(Page))).toContain("idle true");
  });

  it("the server snapshot never changes, and the first snapshot equals it", () => {
    const session = new EditSession({ transport: proxyTransport("/api/image-edit") });
    expect(session.getServerSnapshot()).toBe(session.getServerSnapshot());
    expect(session.getSnapshot()).toBe(session.getServerSnapshot());
  });
});
