/** Every operation of the local cloud beside botocore's model of it: what it answers, what it takes, and what it refuses. */

import { behavioursOf } from "./python.ts";

behavioursOf("request_limits.py", async () => ({}));
