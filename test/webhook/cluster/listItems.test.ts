// Splits a list into items, however its bytes are chunked.
import assert from "node:assert/strict";
import fc from "fast-check";
import { ListItems } from "../../../webhook/cluster/listItems.ts";

function read(text: string, sizes: readonly number[]): { items: unknown[]; list: unknown } {
  const items: unknown[] = [];
  const list = new ListItems((item) => items.push(item));
  const bytes = Buffer.from(text);
  let at = 0;
  for (const size of sizes) {
    list.take(bytes.subarray(at, at + size));
    at += size;
  }
  list.take(bytes.subarray(at));
  return { items, list: JSON.parse(list.end()) };
}

describe("the items of a list", () => {
  it("equal those of JSON.parse, and the rest of the list is unchanged", () => {
    const object = fc.dictionary(fc.string(), fc.jsonValue());
    const list = fc.record({
      kind: fc.constantFrom("PodList", "items", '"items":['),
      metadata: fc.record({ continue: fc.string(), items: fc.array(fc.jsonValue()) }),
      items: fc.array(object),
    });
    fc.assert(
      fc.property(list, fc.array(fc.nat(40)), fc.boolean(), (value, sizes, isPretty) => {
        const text = JSON.stringify(value, null, isPretty ? 2 : undefined);
        const { items, list: rest } = read(text, sizes);
        const again = JSON.parse(text) as typeof value;
        assert.deepEqual(items, again.items);
        assert.deepEqual(rest, { ...again, items: again.items.map(() => 0) });
      }),
    );
  });

  it("are empty if the list has null, or is not from an API server", () => {
    assert.deepEqual(read('{"items":null}', []), { items: [], list: { items: null } });
    assert.deepEqual(read('[{"items":[{}]}]', []).items, []);
    assert.deepEqual(read('{"data":{"items":[{}]}}', []).items, []);
  });

  it("have a maximum size of 16 MiB each", () => {
    const list = new ListItems(() => undefined);
    const piece = Buffer.alloc(1024 * 1024, "x");
    list.take(Buffer.from('{"items":[{"a":"'));
    assert.throws(() => {
      for (let mebibytes = 0; mebibytes < 20; mebibytes += 1) list.take(piece);
    }, /larger than 16 MiB/);
  });
});
