// A worker that reads barcodes from pictures: ZXing, with what it runs inside this file, so that nothing is fetched. It
// compiles WebAssembly, which the policy of this file allows and that of pages does not. Asked {id, image, formats} it
// answers {id, codes} or {id, error}.
import { BarcodeDetector, prepareZXingModule } from "barcode-detector/ponyfill";
import wasmBinary from "zxing-wasm/reader/zxing_reader.wasm";

prepareZXingModule({ overrides: { wasmBinary: wasmBinary.buffer } });

self.addEventListener("message", async ({ data: { id, image, formats } }) => {
  try {
    const found = await new BarcodeDetector({ formats }).detect(image);
    self.postMessage({ id, codes: found.map(({ rawValue, format }) => ({ rawValue, format })) });
  } catch (error) {
    self.postMessage({ id, error: String(error) });
  } finally {
    image.close();
  }
});
