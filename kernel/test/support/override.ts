/** The same object with some members replaced. Whatever else is asked of it, it does itself. */
export function override<T extends object>(target: T, members: Partial<T>): T {
  return new Proxy(target, {
    get(_target, name) {
      if (Object.hasOwn(members, name)) return Reflect.get(members, name);
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === "function" ? member.bind(target) : member;
    },
    set: (_target, name, value) => Reflect.set(target, name, value, target),
  });
}
