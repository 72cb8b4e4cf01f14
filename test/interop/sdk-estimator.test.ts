/** The SageMaker Python SDK's own Estimator, over HTTP: it trains in the local cloud as in AWS. */

import { installed } from "./installed.ts";
import { behavioursOf } from "./python.ts";
import { removeTinyImages, tinyImage } from "./tiny-image.ts";

removeTinyImages();

behavioursOf(
  "sdk_estimator.py",
  async () => ({ images: { "tiny:1": await tinyImage() } }),
  installed("sagemaker-sdk/bin/python"),
);
