// An unruly server in a process of its own, which tells its parent its address and ends with it.

import { UnrulyServer } from "./unruly-server.ts";

const server = await UnrulyServer.listen();
process.on("disconnect", () => process.exit());
process.send?.(server.address);
