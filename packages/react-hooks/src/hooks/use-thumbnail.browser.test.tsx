import { StrictMode } from "react";
import { afterEach, expect, it, vi } from "vitest";
import { cleanup, render } from "vitest-browser-react";
import { createPattern } from "../fixtures/images.ts";
import { useThumbnail } from "./use-thumbnail.ts";

afterEach(async () => {
  await cleanup();
  vi.restoreAllMocks();
});

function Thumb({ blob, url }: { blob: Blob | undefined; url: string }) {
  return <img alt="thumb" src={useThumbnail({ blob, url }, 80)} />;
}

it("useThumbnail shows a small version, leaves small images alone, and revokes its URL", async () => {
  const alive = new Set<string>();
  const create = URL.createObjectURL.bind(URL);
  vi.spyOn(URL, "createObjectURL").mockImplementation((blob) => {
    const url = create(blob);
    alive.add(url);
    return url;
  });
  vi.spyOn(URL, "revokeObjectURL").mockImplementation((url) => void alive.delete(url));
  const [large, small] = [
    await createPattern({ width: 800, height: 400 }),
    await createPattern({ width: 60, height: 30 }),
  ];
  const [largeUrl, smallUrl] = [create(large), create(small)];
  const screen = await render(<Thumb blob={large} url={largeUrl} />, { wrapper: StrictMode });
  const image = screen.getByAltText("thumb").element() as HTMLImageElement;
  await expect.poll(() => [image.naturalWidth, image.naturalHeight]).toEqual([80, 40]);
  expect(image.src).not.toBe(largeUrl);
  await screen.rerender(<Thumb blob={small} url={smallUrl} />);
  await expect.poll(() => image.src).toBe(smallUrl);
  await screen.rerender(<Thumb blob={undefined} url={largeUrl} />);
  await expect.poll(() => image.src).toBe(largeUrl);
  await screen.unmount();
  await expect.poll(() => [...alive]).toEqual([]);
});
