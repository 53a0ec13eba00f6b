declare const __RETOUCH_VERSION__: string | undefined;

/** The version of this package, set when it is built. */
export const version = typeof __RETOUCH_VERSION__ === "undefined" ? "0.0.0-dev" : __RETOUCH_VERSION__;
