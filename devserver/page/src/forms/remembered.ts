import { RememberedInputs } from "./remembered-inputs.ts";

/** What was put in, in this tab. */
export const remembered: RememberedInputs = new RememberedInputs({
  getItem: (name) => sessionStorage.getItem(name),
  setItem: (name, text) => sessionStorage.setItem(name, text),
});
