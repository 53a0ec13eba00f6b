export const isSignedIn = async (request: Request) => request.headers.get("cookie") === "session=1";
