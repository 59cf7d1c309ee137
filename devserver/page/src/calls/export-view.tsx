import type { ExportedTest } from "../../../src/hub/protocol.ts";
import { CopyButton } from "../forms/copy-button.tsx";
import { DownloadIcon } from "../panel/icons.tsx";
import { CloseIcon } from "../ui/icons.tsx";

/** A captured call as a test, to be put into the project. */
export function ExportView({ test, onClose }: { readonly test: ExportedTest; readonly onClose: () => void }) {
  const { file, text } = test;
  return (
    <section class="export">
      <div class="block-head">
        <h3>
          <bdi class="mono">{file}</bdi>
        </h3>
        <CopyButton text={text} />
        <button type="button" class="button quiet small" onClick={() => download(test)}>
          <DownloadIcon /> Download
        </button>
        <button type="button" class="button quiet icon small" aria-label="Close the test" onClick={onClose}>
          <CloseIcon />
        </button>
      </div>
      {/* It scrolls, so the keyboard must get into it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <pre class="code" tabIndex={0}>
        {text}
      </pre>
    </section>
  );
}

function download({ file, text }: ExportedTest): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = file.split("/").at(-1) ?? "call.test.ts";
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
