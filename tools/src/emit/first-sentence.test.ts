import { expect, it } from "vitest";
import { firstSentence } from "./first-sentence.ts";

it.each([
  ["Image quality. Only gpt-image-1 has it.", "Image quality."],
  [
    "An area (e.g., alpha zero) to edit. If several are given, the first.",
    "An area (e.g., alpha zero) to edit.",
  ],
  ["For gpt-image-1.5 and later.", "For gpt-image-1.5 and later."],
  ["No dot at all", "No dot at all"],
  ["Over\n two lines.\n\nMore.", "Over two lines."],
  ["", ""],
])("cuts %j after its first sentence", (description, sentence) => {
  expect(firstSentence(description)).toBe(sentence);
});
