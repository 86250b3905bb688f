import { SharedMemoryStore } from "@stepfast/store/memory";
import { sharedStoreConformance } from "@stepfast-internal/store-testkit";

sharedStoreConformance("the memory store", async () => {
  const store = new SharedMemoryStore();
  return { here: store, there: store };
});
