import { describe, expect, it } from "vitest";
import { filterPattern } from "../../../../src/local/services/logs/filter-pattern.ts";

const ACCESS =
  '127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534';

describe("space-delimited filter patterns", () => {
  it.each<[string, string, boolean]>([
    ["[ip, user, username, timestamp, request, status_code, bytes]", ACCESS, true],
    ["[ip, user, username, timestamp, request, status_code, bytes, more]", ACCESS, false],
    ["[..., status_code, bytes]", ACCESS, true],
    ["[..., request =*.html*, status_code = 4*,]", ACCESS, true],
    ["[..., request =*.css*, status_code = 4*, bytes]", ACCESS, false],
    ["[ip, user=Prod, ...]", ACCESS, true],
    ["[ip, user, ..., status_code = 404, bytes > 1000]", ACCESS, true],
    ["[ip, user, ..., status_code = 404, bytes > 2000]", ACCESS, false],
    [
      String.raw`[ip=%127\.0\.0\.[1-9]%, user, username, timestamp, request =*.html*, status_code = 4*, bytes]`,
      ACCESS,
      true,
    ],
    ['[ip, user, username, timestamp = "10/Oct/2000:13:25:15 -0700", ...]', ACCESS, true],
    ["[..., status_code = 404 || status_code = 410, bytes]", ACCESS, true],
    ["[..., status_code = 4* && status_code != 404, bytes]", ACCESS, false],
    ["[..., (status_code = 1 || status_code = 404) && status_code < 500, bytes]", ACCESS, true],
    // The last field takes what is left.
    ["[w1=ERROR, w2]", "ERROR 09/25/2014 12:00:02 Failed to process request", true],
    ["[w1=ERROR, w2]", "INFO 09/25/2014", false],
    ["[w1=ERROR, w2=*request]", "ERROR 12:00:02 Failed to process request", true],
    ["[w1=ERROR || w1=WARNING, w2]", "WARNING Invalid user request", true],
    ["[w1!=ERROR && w1!=WARNING, w2]", "INFO a b", true],
    ["[w1!=ERROR && w1!=WARNING, w2]", "ERROR a b", false],
    [
      "[level, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
      "INFO 09/25/2014 12:00:00 GET /service/resource/67 1200",
      true,
    ],
    [
      "[level, date, time, method, url=%/service/resource/[0-9]+$%, response_time]",
      "INFO 09/25/2014 12:00:01 POST /service/resource/67/part/111 1310",
      false,
    ],
    ["[a, b]", "one", false],
    ["[a]", "", false],
    ["[a > 1]", "text", false],
  ])("%s on %j is %j", (pattern, message, expected) => {
    expect(filterPattern(pattern)(message)).toBe(expected);
  });

  it.each([
    ["[a, b", '"]" is missing'],
    ["[..., a, ...]", "one ellipsis"],
    ["[a b]", 'at "b"'],
    ["[... a]", 'at "a"'],
    ['["a"]', "name is expected"],
    ["[a = ]", "ends too early"],
    ["[a = =]", "A value is missing"],
    ["[a < b]", "compares with numbers"],
    ["[a = !b]", 'at "!b"'],
  ])("%s is refused", (pattern, words) => {
    expect(() => filterPattern(pattern)).toThrow(words);
  });
});
