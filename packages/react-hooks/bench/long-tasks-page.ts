/** The page of `long-tasks.ts`. */
import { modelSizes } from "@retouch/client/composite";
import { exampleModel } from "../src/generated/example-model.gen.ts";
import { encodeMask } from "../src/mask/encode-mask.ts";
import { MaskPainter } from "../src/mask/mask-painter.ts";
import { MaskView } from "../src/mask/view/mask-view.ts";
import { runTask } from "../src/worker/run-task.ts";

const frame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/** Creates the works, in order: each is measured while it runs. */
async function prepare(width: number, height: number): Promise<Record<string, () => Promise<unknown>>> {
  const canvas = document.querySelector("canvas");
  if (canvas === null) throw new Error("The canvas is missing.");
  const painter = new MaskPainter({ width, height });
  const overlay = () => ({ pending: undefined, cursor: undefined });
  const view = new MaskView(canvas, painter, { color: "#ff2d87", overlay });
  await frame();
  const photo = new OffscreenCanvas(width, height);
  photo.getContext("2d")?.fillRect(0, 0, width / 2, height / 2);
  const original = await photo.convertToBlob({ type: "image/jpeg" });
  let mask = new Blob();
  let crop: Awaited<ReturnType<typeof runTask<"cropImage">>> | undefined;
  return {
    async "a stroke"() {
      painter.begin({ x: width / 4, y: height / 2, pressure: 1 });
      for (let move = 1; move < 60; move += 1) {
        const y = height / 2 + 200 * Math.sin(move / 4);
        painter.extend([{ x: width / 4 + (move * width) / 120, y, pressure: 1 }]);
        await frame();
      }
      painter.commit();
      await frame();
      view.stop();
    },
    async "export of the mask"() {
      mask = (await encodeMask(painter)) ?? mask;
    },
    async "a crop"() {
      const sizes = modelSizes(exampleModel);
      const limits = { sizes, size: undefined, marginPx: undefined, belowBytes: Number.POSITIVE_INFINITY };
      crop = await runTask("cropImage", { image: original, mask, ...limits });
    },
    async "a composite"() {
      if (crop === undefined || "problem" in crop) throw new Error("There is no crop.");
      const { image: result, plan } = crop;
      await runTask("compositeImage", { original, mask, result, box: plan.box, featherPx: undefined });
    },
  };
}

Object.assign(window, { prepare });
