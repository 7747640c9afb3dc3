import { DerivativesTradingCoinFutures } from "@binance/derivatives-trading-coin-futures"
import { CoinMClient } from "binance"
import { RestClientV2, RestClientV3 } from "bitget-api"
import { BadSymbol, binancecoinm, bitget, Precise } from "ccxt"
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { oi, productTypes, startExchanges, still } from "./programs.mjs"
import { makeTally } from "./tally.mjs"

let exchanges
/** Exchanges whose time goes on: of a time long ago there is no history. */
let moving
/** What `oi` says: one `{ listed, reading }` per contract, by exchange and symbol. */
const ours = { binance: new Map(), bitget: new Map(), uta: new Map() }
const tallies = []

const named = ({ exchange, symbol }) => `${exchange}:${symbol}`

before(
  async () => {
    exchanges = await startExchanges(still)
    moving = await startExchanges()
    const instruments = await oi({ exchanges }, "instruments", "binance", "bitget", "--format", "ndjson")
    const targets = instruments.map(named)
    const readings = await oi({ exchanges }, "get", "--format", "ndjson", ...targets)
    assert.deepEqual(readings.map(named), targets)
    instruments.forEach((listed, index) => {
      ours[listed.exchange].set(listed.symbol, { listed, reading: readings[index] })
    })
    const uta = { exchanges, bitget: productTypes.uta }
    const listed = new Map((await oi(uta, "instruments", "bitget")).map((each) => [each.symbol, each]))
    for (const reading of await oi(uta, "snapshot", "bitget")) {
      ours.uta.set(reading.symbol, { listed: listed.get(reading.symbol), reading })
    }
    assert.equal(ours.uta.size, listed.size)
  },
  { timeout: 60_000 }
)

after(async () => {
  await exchanges?.stop()
  await moving?.stop()
  for (const tally of tallies) process.stdout.write(`${tally.report()}\n`)
})

/** A test that compares, and has to finish. */
const compare = (client, run, explained) => {
  const tally = makeTally(client, explained)
  tallies.push(tally)
  test(client, { timeout: 60_000 }, async () => {
    await run(tally)
    tally.check()
  })
}

/** A decimal as we print it: the wire pads with zeros. */
const plain = (decimal) => (decimal.includes(".") ? decimal.replace(/\.?0+$/, "") : decimal)

/** Milliseconds, as a number or text, as we print them; the wire has several ways to say none. */
const time = (millis) => (millis ? new Date(Number(millis)).toISOString() : null)

/** What a client sees has to be what we list, no more and no less. */
const sameContracts = (symbols, listing) => {
  assert.deepEqual(symbols.toSorted(), [...listing.keys()].toSorted())
}

const ofProduct = (product) => new Map([...ours.bitget].filter(([, { listed }]) => listed.product === product))

/* ccxt: both exchanges in one vocabulary. Its numbers are JavaScript numbers; the wire's text is under `info`. */

const ccxtMarkets = (tally, client, listing) => {
  const markets = Object.values(client.markets)
  sameContracts(
    markets.map(({ id }) => id),
    listing
  )
  for (const market of markets) {
    const { listed } = listing.get(market.id)
    const same = (what, theirs, our) => tally.same(market.id, what, theirs, our)
    same("unified symbol", market.symbol, listed.unifiedSymbol)
    same("base", market.base, listed.baseCurrency)
    same("quote", market.quote, listed.quoteCurrency)
    same("settle", market.settle, listed.settleCurrency)
    same("kind", { swap: "perpetual", future: "delivery" }[market.type], listed.kind)
    same("linear", market.linear, listed.direction === "linear")
    same("inverse", market.inverse, listed.direction === "inverse")
    same("contract size", client.numberToString(market.contractSize), listed.contractSize)
    same("active", market.active, listed.status === "trading")
    same("delivery", time(market.expiry), listed.deliveryAt)
    same("listing", time(market.created), listed.listedAt)
  }
}

/** ccxt names no unit: `unit` is that of its figure, `sizeUnit` that of its contract size. */
const ccxtOpenInterest = async (tally, client, listing, { sizeUnit, textOf, unit }) => {
  const all = await Promise.all(Object.values(client.markets).map(({ symbol }) => client.fetchOpenInterest(symbol)))
  for (const theirs of all) {
    const { contractSize, id } = client.market(theirs.symbol)
    const { reading } = listing.get(id)
    const text = textOf(theirs.info)
    const product = Precise.stringMul(text, client.numberToString(contractSize))
    tally.same(id, "openInterestAmount", client.numberToString(theirs.openInterestAmount), reading[unit])
    tally.same(id, "open interest in info", text, reading[unit])
    tally.same(id, "open interest × contractSize", product, reading[sizeUnit])
    tally.same(id, "open interest timestamp", theirs.datetime, reading.timestamp)
  }
}

const ccxtPrices = (tally, client, listing, tickers) => {
  for (const theirs of tickers) {
    const { id } = client.market(theirs.symbol)
    const { reading } = listing.get(id)
    tally.same(id, "markPrice", client.numberToString(theirs.markPrice), reading.markPrice)
    tally.same(id, "mark price in info", plain(theirs.info.markPrice), reading.markPrice)
    tally.same(id, "mark price timestamp", theirs.datetime, reading.markPriceTimestamp)
  }
}

const ccxtBinance = async () => {
  const client = new binancecoinm({ enableRateLimit: false })
  client.urls.api.dapiPublic = `${exchanges.binance}/dapi/v1`
  client.urls.api.dapiData = `${exchanges.binance}/futures/data`
  await client.loadMarkets()
  return client
}

compare("ccxt binancecoinm", async (tally) => {
  const client = await ccxtBinance()
  ccxtMarkets(tally, client, ours.binance)
  await ccxtOpenInterest(tally, client, ours.binance, {
    unit: "contracts",
    sizeUnit: "quote",
    textOf: (info) => info.openInterest
  })
  const tickers = Object.values(await client.fetchMarkPrices())
  sameContracts(
    tickers.map(({ info }) => info.symbol),
    ours.binance
  )
  ccxtPrices(tally, client, ours.binance, tickers)
  const perpetuals = Object.values(client.markets).filter(({ swap }) => swap)
  ccxtPrices(
    tally,
    client,
    ours.binance,
    await Promise.all(perpetuals.map(({ symbol }) => client.fetchFundingRate(symbol)))
  )
})

// Without the spot and margin markets and the list of coins, which the simulator does not have.
const ccxtBitget = async () => {
  const client = new bitget({
    enableRateLimit: false,
    has: { fetchCurrencies: false },
    options: { fetchMarkets: { types: ["swap"] } }
  })
  for (const api of Object.keys(client.urls.api)) client.urls.api[api] = exchanges.bitget
  await client.loadMarkets()
  return client
}

compare(
  "ccxt bitget",
  async (tally) => {
    const client = await ccxtBitget()
    ccxtMarkets(tally, client, ours.bitget)
    await ccxtOpenInterest(tally, client, ours.bitget, {
      unit: "base",
      sizeUnit: "base",
      textOf: (info) => info.openInterestList[0].size
    })
    const byProduct = await Promise.all(
      productTypes.classic.map((productType) => client.fetchTickers(undefined, { type: "swap", productType }))
    )
    const tickers = byProduct.flatMap((each) => Object.values(each))
    sameContracts(
      tickers.map(({ info }) => info.symbol),
      ours.bitget
    )
    ccxtPrices(tally, client, ours.bitget, tickers)
    for (const { info } of tickers) {
      tally.same(info.symbol, "holdingAmount", info.holdingAmount, ours.bitget.get(info.symbol).reading.base)
    }
  },
  [
    {
      because: "the wire has more digits than a JavaScript number; ccxt keeps them in info only",
      contract: "SNDKUSDT",
      what: "openInterestAmount",
      theirs: "47164.667000000096",
      ours: "47164.667000000093"
    }
  ]
)

/* Two clients that hand over Binance's JSON as it is. */

const binanceClients = {
  binance: () => {
    const client = new CoinMClient({ baseUrl: exchanges.binance }, { proxy: false })
    return {
      listing: () => client.getExchangeInfo(),
      markPrices: () => client.getMarkPrice(),
      openInterest: (symbol) => client.getOpenInterest({ symbol })
    }
  },
  "@binance/derivatives-trading-coin-futures": () => {
    const { restAPI } = new DerivativesTradingCoinFutures({
      configurationRestAPI: { apiKey: "", basePath: exchanges.binance, proxy: false, timeout: 20_000 }
    })
    const data = async (response) => (await response).data()
    return {
      listing: () => data(restAPI.exchangeInformation()),
      markPrices: () => data(restAPI.indexPriceAndMarkPrice()),
      openInterest: (symbol) => data(restAPI.openInterest({ symbol }))
    }
  }
}

for (const [name, make] of Object.entries(binanceClients)) {
  compare(name, async (tally) => {
    const client = make()
    const { symbols: contracts } = await client.listing()
    const symbols = contracts.map(({ symbol }) => symbol)
    sameContracts(symbols, ours.binance)
    for (const contract of contracts) {
      const { listed } = ours.binance.get(contract.symbol)
      const same = (what, theirs, our) => tally.same(contract.symbol, what, theirs, our)
      const isPerpetual = contract.contractType === "PERPETUAL"
      same("baseAsset", contract.baseAsset, listed.baseCurrency)
      same("quoteAsset", contract.quoteAsset, listed.quoteCurrency)
      same("marginAsset", contract.marginAsset, listed.settleCurrency)
      same("contractType", isPerpetual ? "perpetual" : "delivery", listed.kind)
      same("contractSize", String(contract.contractSize), listed.contractSize)
      same("contractStatus", contract.contractStatus.toLowerCase(), listed.status)
      same("deliveryDate", isPerpetual ? null : time(contract.deliveryDate), listed.deliveryAt)
      same("onboardDate", time(contract.onboardDate), listed.listedAt)
    }

    for (const theirs of await Promise.all(symbols.map(client.openInterest))) {
      const { listed, reading } = ours.binance.get(theirs.symbol)
      tally.same(theirs.symbol, "openInterest", theirs.openInterest, reading.contracts)
      tally.same(theirs.symbol, "openInterest.time", time(theirs.time), reading.timestamp)
      tally.same(
        theirs.symbol,
        "openInterest × contractSize",
        String(BigInt(theirs.openInterest) * BigInt(listed.contractSize)),
        reading.quote
      )
    }

    const markPrices = await client.markPrices()
    sameContracts(
      markPrices.map(({ symbol }) => symbol),
      ours.binance
    )
    for (const theirs of markPrices) {
      const { reading } = ours.binance.get(theirs.symbol)
      tally.same(theirs.symbol, "markPrice", plain(theirs.markPrice), reading.markPrice)
      tally.same(theirs.symbol, "markPrice.time", time(theirs.time), reading.markPriceTimestamp)
    }
  })
}

/* The same for Bitget. */

const restClientV2 = () => new RestClientV2({ baseUrl: exchanges.bitget }, { proxy: false })

const bitgetProduct = async (tally, client, productType) => {
  const listing = ofProduct(productType)
  const [{ data: contracts }, { data: tickers }] = await Promise.all([
    client.getFuturesContractConfig({ productType }),
    client.getFuturesAllTickers({ productType })
  ])
  const symbols = contracts.map(({ symbol }) => symbol)
  sameContracts(symbols, listing)
  for (const contract of contracts) {
    const { listed } = listing.get(contract.symbol)
    const same = (what, theirs, our) => tally.same(contract.symbol, what, theirs, our)
    same("baseCoin", contract.baseCoin, listed.baseCurrency)
    same("quoteCoin", contract.quoteCoin, listed.quoteCurrency)
    same("supportMarginCoins", contract.supportMarginCoins.includes(listed.settleCurrency), true)
    same("symbolType", contract.symbolType, listed.kind)
    same("symbolStatus", { normal: "trading" }[contract.symbolStatus], listed.status)
    same("isRwa", { YES: "real-world", NO: "crypto" }[contract.isRwa], listed.assetClass)
    same("deliveryTime", time(contract.deliveryTime), listed.deliveryAt)
    same("launchTime", time(contract.launchTime), listed.listedAt)
  }

  sameContracts(
    tickers.map(({ symbol }) => symbol),
    listing
  )
  for (const theirs of tickers) {
    const { reading } = listing.get(theirs.symbol)
    tally.same(theirs.symbol, "markPrice", theirs.markPrice, reading.markPrice)
    tally.same(theirs.symbol, "ticker.ts", time(theirs.ts), reading.markPriceTimestamp)
    tally.same(theirs.symbol, "holdingAmount", theirs.holdingAmount, reading.base)
  }

  const answers = await Promise.all(symbols.map((symbol) => client.getFuturesOpenInterest({ symbol, productType })))
  answers.forEach(({ data: { openInterestList, ts } }, index) => {
    const symbol = symbols[index]
    const { reading } = listing.get(symbol)
    tally.same(symbol, "openInterestList", openInterestList.map((row) => row.symbol).join(), symbol)
    tally.same(symbol, "size", openInterestList[0].size, reading.base)
    tally.same(symbol, "open interest ts", time(ts), reading.timestamp)
  })
}

compare("bitget-api", async (tally) => {
  const client = restClientV2()
  await Promise.all(productTypes.classic.map((productType) => bitgetProduct(tally, client, productType)))
})

compare("bitget-api, version 3", async (tally) => {
  const client = new RestClientV3({ baseUrl: exchanges.bitget }, { proxy: false })
  const category = "COIN-FUTURES"
  const [{ data: contracts }, { data: tickers, requestTime }, { data: all }] = await Promise.all([
    client.getInstruments({ category }),
    client.getTickers({ category }),
    client.getOpenInterest({ category })
  ])
  for (const rows of [contracts, tickers, all.list]) {
    sameContracts(
      rows.map(({ symbol }) => symbol),
      ours.uta
    )
  }
  for (const contract of contracts) {
    const { listed } = ours.uta.get(contract.symbol)
    const same = (what, theirs, our) => tally.same(contract.symbol, what, theirs, our)
    same("baseCoin", contract.baseCoin, listed.baseCurrency)
    same("quoteCoin", contract.quoteCoin, listed.quoteCurrency)
    same("type", contract.type, listed.kind)
    same("status", { online: "trading" }[contract.status], listed.status)
    same("symbolType", contract.symbolType, listed.assetClass)
    same("deliveryTime", time(contract.deliveryTime), listed.deliveryAt)
    same("launchTime", time(Number(contract.launchTime ?? 0)), listed.listedAt)
  }
  for (const theirs of tickers) {
    const { reading } = ours.uta.get(theirs.symbol)
    tally.same(theirs.symbol, "markPrice", theirs.markPrice, reading.markPrice)
    tally.same(theirs.symbol, "requestTime", time(requestTime), reading.markPriceTimestamp)
    tally.same(theirs.symbol, "ticker.openInterest", theirs.openInterest, reading.base)
  }
  for (const theirs of all.list) {
    const { reading } = ours.uta.get(theirs.symbol)
    tally.same(theirs.symbol, "openInterest", theirs.openInterest, reading.base)
    tally.same(theirs.symbol, "open interest ts", time(all.ts), reading.timestamp)
  }
  const symbols = [...ours.uta.keys()]
  const each = await Promise.all(symbols.map((symbol) => client.getOpenInterest({ category, symbol })))
  each.forEach(({ data: { list } }, index) => {
    const symbol = symbols[index]
    tally.same(symbol, "openInterest of one", list[0].openInterest, ours.uta.get(symbol).reading.base)
  })
})

/* The history, by the slots that a contract held, which these clients leave to their users. */

const historyClients = {
  binance: () => {
    const client = new CoinMClient({ baseUrl: moving.binance }, { proxy: false })
    return (asked) => client.getOpenInterestStatistics(asked)
  },
  "@binance/derivatives-trading-coin-futures": () => {
    const { restAPI } = new DerivativesTradingCoinFutures({
      configurationRestAPI: { apiKey: "", basePath: moving.binance, proxy: false, timeout: 20_000 }
    })
    return async (asked) => (await restAPI.openInterestStatistics(asked)).data()
  }
}

const slots = {
  BTCUSD_PERP: { pair: "BTCUSD", contractType: "PERPETUAL" },
  ETHUSD_PERP: { pair: "ETHUSD", contractType: "PERPETUAL" }
}

const compareHistory = async (tally, statistics, symbol) => {
  const asked = [`binance:${symbol}`, "--period", "1h", "--limit", "48"]
  const rows = await oi({ exchanges: moving }, "history", ...asked)
  const at = ({ timestamp }) => Date.parse(timestamp)
  const between = { startTime: at(rows[0]), endTime: at(rows.at(-1)) }
  const theirs = await statistics({ ...slots[symbol], ...between, period: "1h", limit: 500 })
  assert.deepEqual(
    theirs.map(({ timestamp }) => Number(timestamp)).toSorted((one, other) => one - other),
    rows.map(at)
  )
  for (const row of theirs) {
    const our = rows.find((each) => at(each) === Number(row.timestamp))
    const what = `${symbol} ${our.timestamp}`
    tally.same(what, "sumOpenInterest", plain(row.sumOpenInterest), our.contracts)
    tally.same(what, "sumOpenInterestValue", plain(row.sumOpenInterestValue), our.base)
  }
}

for (const [name, make] of Object.entries(historyClients)) {
  compare(`${name}, history`, async (tally) => {
    const statistics = make()
    await Promise.all(Object.keys(slots).map((symbol) => compareHistory(tally, statistics, symbol)))
  })
}

/* What we derive from the figures and no client offers, with arithmetic that is not ours. */

compare("conversions (by ccxt's Precise)", (tally) => {
  for (const [symbol, { listed, reading }] of [...ours.binance, ...ours.bitget]) {
    const { base, contracts, markPrice, quote } = reading
    const isCounted = listed.exchange === "binance"
    assert.equal(reading.unit, isCounted ? "contracts" : "base")
    assert.equal(contracts === null, !isCounted)
    const money = isCounted
      ? Precise.stringMul(contracts, listed.contractSize)
      : Precise.stringMul(Precise.stringMul(base, listed.contractSize), markPrice)
    tally.same(symbol, "quote", plain(money), quote)
    if (!isCounted) continue
    // A quotient is rounded to 8 places: no more than half of the last one away, times the price.
    const away = Precise.stringAbs(Precise.stringSub(Precise.stringMul(base, markPrice), quote))
    tally.same(symbol, "base", Precise.stringLe(away, Precise.stringMul("0.000000005", markPrice)), true)
  }
})

/** How a call failed. */
const refusal = (promise) =>
  promise.then(
    () => assert.fail("it was answered"),
    (error) => error
  )

test("the clients know the simulator's refusals as the exchange's", { timeout: 60_000 }, async () => {
  const symbol = "NOSUCHUSD_PERP"
  const { openInterest } = binanceClients.binance()
  assert.equal((await refusal(openInterest(symbol))).code, -1121)

  const official = binanceClients["@binance/derivatives-trading-coin-futures"]()
  assert.equal((await refusal(official.openInterest(symbol))).message, "Invalid symbol.")

  const coinM = await ccxtBinance()
  assert.ok((await refusal(coinM.dapiPublicGetOpenInterest({ symbol }))) instanceof BadSymbol)

  const productType = "USDT-FUTURES"
  const unknown = await refusal(restClientV2().getFuturesOpenInterest({ symbol, productType }))
  assert.equal(unknown.code, 400)
  assert.equal(unknown.body.code, "40034")

  const mix = await ccxtBitget()
  assert.match((await refusal(mix.publicMixGetV2MixMarketOpenInterest({ symbol, productType }))).message, /"40034"/)
})
