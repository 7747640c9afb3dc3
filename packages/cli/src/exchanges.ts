import * as BinanceCoinM from "@open-interest/binance/BinanceCoinM"
import * as BitgetMix from "@open-interest/bitget/BitgetMix"

/** Every exchange that `oi` knows, by the name that a target begins with. A new one is one line here. */
export const exchanges = {
  binance: BinanceCoinM.layerConfig(),
  bitget: BitgetMix.layerConfig()
}
