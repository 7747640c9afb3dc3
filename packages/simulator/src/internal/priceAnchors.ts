/**
 * What an underlying costs, in USD, around which the simulated prices move. All exchanges read this one table. BTC is at its
 * level of October 2026; the others are believable beside it.
 */
const anchors: Readonly<Record<string, number>> = {
  "1000BONK": 0.01127,
  "1INCH": 0.1684,
  AAPL: 262.4,
  AAVE: 171.62,
  ADA: 0.4127,
  AMZN: 241.7,
  APT: 2.174,
  ARB: 0.2391,
  ATOM: 2.613,
  AVAX: 14.482,
  BCH: 512.36,
  BGB: 3.861,
  BNB: 846.21,
  BTC: 71008.1,
  COIN: 274.3,
  CRCL: 88.6,
  CRV: 0.4682,
  DOGE: 0.13746,
  DOT: 2.418,
  EGLD: 9.27,
  ENA: 0.2934,
  ETC: 14.836,
  ETH: 2148.35,
  FIL: 1.671,
  GOOGL: 288.9,
  HBAR: 0.13118,
  HOOD: 118.4,
  HYPE: 31.72,
  ICP: 3.842,
  INJ: 5.913,
  LAB: 0.4418,
  LDO: 0.7415,
  LINK: 13.627,
  LTC: 84.19,
  META: 644.2,
  MSFT: 501.8,
  MSTR: 231.5,
  NEAR: 1.927,
  NVDA: 187.9,
  ONDO: 0.5126,
  OP: 0.3728,
  PEPE: 0.0000056214,
  SEI: 0.1473,
  SHIB: 0.0000091173,
  SNDK: 243.17,
  SOL: 118.43,
  SUI: 1.7264,
  TIA: 0.7321,
  TON: 1.624,
  TRX: 0.28931,
  TSLA: 431.6,
  UNI: 5.834,
  WIF: 0.4217,
  WLD: 0.6514,
  XAG: 48.93,
  XAU: 4017.6,
  XLM: 0.24763,
  XMR: 331.8,
  XRP: 1.8732,
  ZEC: 402.5,
  龙虾: 0.02374,
  牛来: 0.004861,
  哈基米: 0.01392
}

/** The anchor of an underlying that a simulated contract names; naming one without a price is a mistake in the tables. */
export const anchorPrice = (underlying: string): number => {
  const anchor = anchors[underlying]
  if (anchor === undefined) {
    throw new Error(`no price for ${underlying}`)
  }
  return anchor
}
