-- What the raw files of the Complete Journey study mean, said once.
-- The replay (plan.py) and the oracle (oracle.py) share this reading of the input and nothing else:
-- no discount is computed here.  The raw tables are views of the same name as their parquet files.

-- One line of a basket.  Timestamps are UTC without saying so (every study week turns at 05:00, in
-- summer at 04:00: midnight in New York), days of campaigns and redemptions are days of the shop.
-- 8,869 lines have quantity 0: mostly nothing but a paper coupon; they count as one piece.
CREATE VIEW line AS
SELECT household_id,
       store_id AS shop_id,
       basket_id,
       product_id,
       greatest(quantity, 1) AS quantity,
       CAST(round(sales_value * 100) AS BIGINT) AS amount,
       CAST(round(coupon_disc * 100) AS BIGINT) AS coupon_cents,
       transaction_timestamp AS bought_at,
       CAST(timezone('America/New_York', timezone('UTC', transaction_timestamp)) AS DATE) AS day
FROM transactions;

CREATE VIEW campaign AS
SELECT campaign_id,
       campaign_type AS kind,
       CAST(start_date AS DATE) AS first_day,
       CAST(end_date AS DATE) AS last_day
FROM campaign_descriptions;

-- A coupon of a campaign is one offer.  `coupons` repeats 4,872 of its rows.
CREATE TABLE offer_product AS
SELECT DISTINCT campaign_id, coupon_upc, product_id FROM coupons;

CREATE TABLE redemption AS
SELECT campaign_id, coupon_upc, household_id, CAST(redemption_date AS DATE) AS day
FROM coupon_redemptions;

-- The lines a redemption can have been for: of that household, on that day, of one of the products.
CREATE TABLE redeemable_line AS
SELECT redemption.*, line.basket_id, line.product_id, line.amount, line.coupon_cents, line.bought_at
FROM redemption
JOIN offer_product USING (campaign_id, coupon_upc)
JOIN line
  ON line.household_id = redemption.household_id
 AND line.product_id = offer_product.product_id
 AND line.day = redemption.day;

-- Every offer with its face value in cents (median half-up, else 1.00) and its place in the order
-- in which offers are created, which is the order in which the coupons of one basket are applied.
CREATE TABLE offer AS
WITH face AS (
    SELECT campaign_id, coupon_upc, CAST(floor(median(coupon_cents) + 0.5) AS BIGINT) AS cents
    FROM redeemable_line
    WHERE coupon_cents > 0
    GROUP BY campaign_id, coupon_upc
)
SELECT offers.campaign_id,
       offers.coupon_upc,
       coalesce(face.cents, 100) AS face,
       row_number() OVER (ORDER BY first_day, offers.campaign_id, offers.coupon_upc) AS place
FROM (SELECT DISTINCT campaign_id, coupon_upc FROM offer_product) AS offers
JOIN campaign USING (campaign_id)
LEFT JOIN face USING (campaign_id, coupon_upc);

-- The basket of a redemption: the first of that day whose lines of the coupon's products cost
-- anything (a coupon that brings nothing is not consumed); null when there is none.
CREATE TABLE matched AS
WITH candidate AS (
    SELECT campaign_id, coupon_upc, household_id, day, basket_id, bought_at
    FROM redeemable_line
    GROUP BY campaign_id, coupon_upc, household_id, day, basket_id, bought_at
    HAVING sum(amount) > 0
), first_candidate AS (
    SELECT campaign_id, coupon_upc, household_id, day, arg_min(basket_id, (bought_at, basket_id)) AS basket_id
    FROM candidate
    GROUP BY campaign_id, coupon_upc, household_id, day
)
SELECT redemption.*, first_candidate.basket_id
FROM redemption
LEFT JOIN first_candidate USING (campaign_id, coupon_upc, household_id, day);
