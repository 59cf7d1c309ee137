import { type Command, definePlugin, type Plugin } from "@micro/kernel";

const listServices: Command = {
  description: "the names of all services",
  load: () => import("./commands/list-services.ts"),
};

const getService: Command = {
  description: "versions, nodes and endpoints of a service",
  args: "NAME",
  load: () => import("./commands/get-service.ts"),
};

/** The program's own flags and commands. It is no part of a kernel; a plugin is how commands are said. */
export const cliPlugin: Plugin = definePlugin({
  name: "micro",
  flags: {
    config: { type: "string", description: "the config file; without it micro.config.ts, .mts, .js or .mjs" },
  },
  commands: {
    run: {
      description: "serve the services of the config, or those that files export",
      args: "[FILE...]",
      load: () => import("./commands/run.ts"),
    },
    "list services": listServices,
    "get service": getService,
    query: {
      description: "call a method and print its answer",
      args: "SERVICE METHOD [JSON]",
      load: () => import("./commands/query.ts"),
    },
    stream: {
      description: "send one item to a streaming method and print each answer",
      args: "SERVICE METHOD [JSON]",
      load: () => import("./commands/stream.ts"),
    },
    publish: {
      description: "send a message to the subscribers of a topic",
      args: "TOPIC JSON",
      load: () => import("./commands/publish.ts"),
    },
    subscribe: {
      description: "print the messages of a topic, one a line, until it is ended",
      args: "TOPIC",
      flags: {
        queue: { type: "string", description: "share the messages with the others of this queue" },
        metadata: { type: "boolean", description: "print topic and metadata too" },
      },
      load: () => import("./commands/subscribe.ts"),
    },
    health: {
      description: "ask every node of a service how it is",
      args: "SERVICE",
      load: () => import("./commands/health.ts"),
    },
    stats: {
      description: "ask every node of a service for its uptime, memory and threads",
      args: "SERVICE",
      load: () => import("./commands/stats.ts"),
    },
    config: {
      description: "the value of every setting, or of those with one of the words in their names, and who set it",
      args: "[WORD...]",
      flags: { json: { type: "boolean", description: "print JSON" } },
      load: () => import("./commands/config.ts"),
    },
    "registry list services": listServices,
    "registry get service": getService,
  },
});
