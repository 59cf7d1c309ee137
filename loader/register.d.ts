/**
 * Importing this module lets the running process import `.ts` and `.mts` files: as ES modules, outside
 * `node_modules`, lowered to Node 20, with source maps. It exports nothing and can be imported more than once.
 *
 * Types are removed, not checked, and no tsconfig is read. The results are kept in `node_modules/.cache/micro`
 * (or a private folder under the system's temporary one), so that a second start does not start esbuild.
 *
 * @example
 * ```sh
 * node --enable-source-maps --import @micro/loader service.ts
 * ```
 */
export {};
