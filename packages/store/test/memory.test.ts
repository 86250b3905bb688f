import { MemoryStore } from "@stepfast/store/memory";
import { storeConformance } from "@stepfast-internal/store-testkit";

storeConformance("the memory store", async () => {
  const store = new MemoryStore();
  const reopen = async () => {
    await store.close();
    store.reopen();
    return store;
  };
  return { store, reopen };
});
