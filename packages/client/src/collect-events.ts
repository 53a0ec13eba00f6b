import type { Answer } from "./answer.ts";
import type { EditedImage } from "./edited-image.ts";
import type { StreamEvent } from "./read-events.ts";

/** Waits for the result of a stream: every completed picture in one. */
export async function collectEvents<Image extends EditedImage>(
  events: AsyncIterable<StreamEvent<Image>>,
): Promise<Answer<Image>> {
  let answer: Answer<Image> | undefined;
  for await (const event of events) {
    if (event.type !== "completed") continue;
    const { result } = event;
    answer = answer
      ? {
          ...answer,
          images: [...answer.images, ...result.images],
          warnings: [...answer.warnings, ...result.warnings],
        }
      : result;
  }
  // `readEvents` throws when it has nothing to give.
  return answer as Answer<Image>;
}
