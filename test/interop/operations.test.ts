/** Every operation of the local cloud beside botocore's model of it: what it answers, what it takes, and what it refuses. */

import { behavioursOf } from "./python.ts";
import { removeTinyImages, tinyImage } from "./tiny-image.ts";

removeTinyImages();

behavioursOf("every_operation.py", async () => ({ images: { "tiny:1": await tinyImage() } }));
behavioursOf("request_limits.py", async () => ({}));
behavioursOf("request_places.py", async () => ({}));
