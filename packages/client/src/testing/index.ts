export { createTestClient, type TestClient, type TestClientOptions } from "./create-test-client.ts";
export type { TestFile, TestRequest } from "./test-request.ts";
export type { TestImage, TestStep } from "./test-step.ts";
export { tinyPng } from "./tiny-png.ts";
