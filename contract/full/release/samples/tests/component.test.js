import { createTestClient, tinyPng } from "@retouch/client/testing";
import { directTransport, useImageEdit } from "@retouch/react-hooks";
import { fireEvent, render, screen } from "@testing-library/react";
import { createElement } from "react";

function Editor({ transport, image }) {
  const { status, edit } = useImageEdit({ transport });
  return createElement(
    "button",
    { type: "button", onClick: () => edit({ image, prompt: "A red hat" }) },
    status,
  );
}

test("edits", async () => {
  const client = createTestClient({ calls: [[{ type: "result" }]] });
  const image = new File([tinyPng()], "photo.png", { type: "image/png" });
  render(createElement(Editor, { transport: directTransport(client), image }));
  fireEvent.click(screen.getByRole("button"));
  await screen.findByText("success");
  expect(client.requests[0].fields.prompt).toBe("A red hat");
});
