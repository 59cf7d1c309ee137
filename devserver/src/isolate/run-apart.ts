import {
  type Handlers,
  type Method,
  resolveMethod,
  type ServiceDefinition,
  type Subscriber,
  type SubscriberDefinition,
} from "@micro/kernel";

/**
 * Lets handlers and subscribers begin with a stack of their own, in the next microtask: one that is broken off takes
 * whoever called it along, which must not be a connection in the middle of its work.
 */
export function runApart(definition: ServiceDefinition): ServiceDefinition {
  const { handlers = {}, subscribers = {} } = definition;
  return {
    ...definition,
    handlers: mapMembers(handlers, (methods) => mapMembers(methods, methodApart)) as Handlers,
    subscribers: mapMembers(subscribers, subscriberApart),
  };
}

function methodApart(value: unknown): Method {
  const method = resolveMethod(value);
  // A generator begins when the first item is asked for, which is later anyway.
  if (method.kind === "serverStream" || method.kind === "bidi") return method;
  return { ...method, handler: apart(method.handler) };
}

function subscriberApart(value: Subscriber | SubscriberDefinition): Subscriber | SubscriberDefinition {
  return typeof value === "function" ? apart(value) : { ...value, handler: apart(value.handler) };
}

function apart<Args extends unknown[], Result>(run: (...args: Args) => Result | Promise<Result>) {
  return async (...args: Args): Promise<Result> => {
    await Promise.resolve();
    return run(...args);
  };
}

function mapMembers<T, Mapped>(
  members: Readonly<Record<string, T>>,
  map: (member: T) => Mapped,
): Record<string, Mapped> {
  return Object.fromEntries(Object.entries(members).map(([name, member]) => [name, map(member)]));
}
