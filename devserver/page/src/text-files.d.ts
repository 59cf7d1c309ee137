// A style sheet is imported as its text: the page is one file, and hands it to the document itself.
declare module "*.css" {
  const text: string;
  export default text;
}
