/** The version of this package; all packages of a release share it. */
export const version = "0.1.0";
