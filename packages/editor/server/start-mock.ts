/** Starts the mock, which makes the images on this machine. It is slow enough to show the page's progress. */
export async function startMock() {
  const { startMockServer } = await import("@retouch/mock/server");
  const { url, close } = await startMockServer({ latencyMs: 900 });
  return { url, close, apiKey: "sk-mock" };
}
