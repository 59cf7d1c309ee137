import { useSignal } from "@preact/signals";
import { usePage } from "../page-context.ts";
import { fileText } from "../ui/format.ts";
import { Problem } from "./problem.tsx";

/** Opens a place of a file in the editor of the person at this machine. */
export function EditButton({
  file,
  line,
  column,
}: {
  readonly file: string;
  readonly line?: number | undefined;
  readonly column?: number | undefined;
}) {
  const { connection } = usePage();
  const problem = useSignal("");
  const edit = async (): Promise<void> => {
    problem.value = "";
    const at = { ...(line !== undefined && { line }), ...(column !== undefined && { column }) };
    await connection.ask({ type: "edit", file, ...at }).catch((error: Error) => (problem.value = error.message));
  };
  return (
    <>
      <button type="button" class="file pen" title={`Open in the editor: ${file}`} onClick={() => void edit()}>
        <span class="hidden">Open in the editor: </span>
        {fileText(file)}
        {line === undefined ? "" : `:${line}`}
      </button>
      <Problem text={problem.value} />
    </>
  );
}
