import type { ExportedTest } from "../../../src/hub/protocol.ts";
import { CopyButton } from "../forms/copy-button.tsx";
import { Block } from "../panel/block.tsx";
import { CloseButton } from "../panel/close-button.tsx";

/** A captured call as a test, to be put into the project. */
export function ExportView({ test, onClose }: { readonly test: ExportedTest; readonly onClose: () => void }) {
  const { file, text } = test;
  return (
    <Block
      title={file}
      kind="inner"
      beside={
        <>
          <CopyButton text={text} isJson={false} />
          <button type="button" class="button quiet" onClick={() => download(test)}>
            Download
          </button>
          <CloseButton label="Close the test" onClick={onClose} />
        </>
      }
    >
      {/* It scrolls, so the keyboard must get into it. */}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: see above */}
      <pre class="code" tabIndex={0}>
        {text}
      </pre>
    </Block>
  );
}

function download({ file, text }: ExportedTest): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = file.split("/").at(-1) ?? file;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}
