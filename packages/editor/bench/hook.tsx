import { useMask } from "@retouch/react-hooks";
import { useState } from "react";
import { createRoot } from "react-dom/client";

const tools = { Brush: "brush", Lasso: "lasso", Rectangle: "rectangle", Eraser: "eraser" } as const;

/** The least page that paints a mask: what the editor adds to it is what the bench compares. */
function HookAlone() {
  const [image, setImage] = useState({ url: "", width: 1, height: 1 });
  const mask = useMask(image);
  const open = async (file: File | undefined) => {
    if (file === undefined) return;
    const { width, height } = await createImageBitmap(file);
    setImage({ url: URL.createObjectURL(file), width, height });
  };
  return (
    <>
      <input type="file" onChange={({ target }) => void open(target.files?.[0])} />
      {Object.entries(tools).map(([name, tool]) => (
        <button key={name} type="button" onClick={() => mask.setTool(tool)}>
          {name}
        </button>
      ))}
      {image.url !== "" && (
        <div style={{ position: "relative", width: "fit-content" }}>
          <img src={image.url} alt="" style={{ display: "block", maxWidth: "95vw", maxHeight: "75vh" }} />
          <canvas
            {...mask.canvasProps}
            style={{
              ...mask.canvasProps.style,
              position: "absolute",
              inset: 0,
              width: "100%",
              height: "100%",
            }}
          />
        </div>
      )}
    </>
  );
}

createRoot(document.getElementById("root") as HTMLElement).render(<HookAlone />); // hook.html has it
