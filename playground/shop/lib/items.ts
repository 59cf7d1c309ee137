/** Something the shop sells. */
export interface Item {
  readonly sku: string;
  readonly name: string;
  /** In cents. */
  readonly price: number;
}

export const items: readonly Item[] = [
  { sku: "tea", name: "Green tea, 100 g", price: 790 },
  { sku: "cup", name: "Cup without a handle", price: 1250 },
  { sku: "pot", name: "Cast-iron pot", price: 5400 },
  { sku: "tin", name: "Tin with a tight lid", price: 620 },
];
