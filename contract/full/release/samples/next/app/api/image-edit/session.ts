export const isSignedIn = async (request: Request) =>
  /\bsession=1\b/.test(request.headers.get("cookie") ?? "");
