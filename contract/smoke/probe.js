/**
 * Tests which failures a runtime can distinguish, and how it uploads. Each URL is a server that treats every POST the
 * same way.
 *
 * @param {{ createImageClient: Function }} client the entry point under test
 * @param {{ urls: Record<"closed" | "within" | "after" | "redirect" | "fine", string>, image: Uint8Array, options?: object }} world
 */
export async function probe({ createImageClient }, { urls, image, options = {} }) {
  // Larger than any buffer in between, so that the connection breaks during the upload.
  const big = new Uint8Array(24_000_000);
  big.set(image);
  const edit = async (baseUrl, image, call) => {
    const client = createImageClient({ apiKey: "probe-key", baseUrl, maxRetries: 0, ...options });
    try {
      const { images } = await client.edit({ model: "acme-9", image, prompt: "x" }, call);
      return `${images.length} image`;
    } catch (error) {
      return error.outcome ?? String(error);
    }
  };
  let steps = 0;
  const onUploadProgress = () => {
    steps += 1;
  };
  const fine = await edit(urls.fine, big, { onUploadProgress });
  return {
    closed: await edit(urls.closed, image),
    within: await edit(urls.within, big),
    after: await edit(urls.after, image),
    redirect: await edit(urls.redirect, image),
    fine,
    progress: steps > 1 ? "in steps" : steps === 1 ? "once, at the end" : "never",
  };
}
