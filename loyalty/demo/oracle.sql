-- What the report must say, worked out over the raw files alone.  $until is the first day left out.

WITH RECURSIVE used AS (
    -- the coupons of each basket, numbered in the order they are applied
    SELECT matched.basket_id, campaign_id, coupon_upc, face,
           row_number() OVER (PARTITION BY matched.basket_id ORDER BY place) AS step
    FROM matched
    JOIN offer USING (campaign_id, coupon_upc)
    WHERE matched.basket_id IS NOT NULL AND day < $until
), basket AS (
    -- products and amounts of the baskets that hold a coupon, as lists in the same order
    SELECT basket_id,
           list(product_id ORDER BY product_id) AS products,
           list(amount ORDER BY product_id) AS amounts
    FROM line
    WHERE basket_id IN (SELECT basket_id FROM used)
    GROUP BY basket_id
), covered AS (
    -- per coupon of a basket: 1 for each line it covers, 0 for each it does not
    SELECT used.*,
           list_transform(products, lambda product: CAST(list_contains(eligible, product) AS BIGINT)) AS mask
    FROM used
    JOIN basket USING (basket_id)
    JOIN (
        SELECT basket_id, campaign_id, coupon_upc, list(product_id) AS eligible
        FROM redeemable_line
        GROUP BY basket_id, campaign_id, coupon_upc
    ) USING (basket_id, campaign_id, coupon_upc)
), applied AS (
    -- coupon after coupon: min(face, what its lines still cost), taken off in proportion to what
    -- each line still costs; cents left over go to the largest remainders, the earlier line first
    SELECT basket_id, CAST(0 AS BIGINT) AS step, amounts AS lefts,
           CAST(NULL AS BIGINT) AS campaign_id, CAST(NULL AS BIGINT) AS coupon_upc,
           CAST(0 AS BIGINT) AS discount
    FROM basket
    UNION ALL
    SELECT basket_id, step,
           list_transform(lefts, lambda cents, i: cents - floors[i] - CAST(
               spare > 0 AND ranks[i] >= list_reverse_sort(ranks)[greatest(spare, 1)] AS BIGINT)),
           campaign_id, coupon_upc, discount
    FROM (
        SELECT *, discount - CAST(list_sum(floors) AS BIGINT) AS spare
        FROM (
            SELECT *,
                   list_transform(costs, lambda cost: discount * cost // cost_sum) AS floors,
                   list_transform(costs, lambda cost, i: (discount * cost % cost_sum) * 1000 - i) AS ranks
            FROM (
                SELECT *, least(face, cost_sum) AS discount
                FROM (
                    SELECT *, CAST(list_sum(costs) AS BIGINT) AS cost_sum
                    FROM (
                        SELECT covered.*, lefts,
                               list_transform(lefts, lambda cents, i: cents * mask[i]) AS costs
                        FROM applied
                        JOIN covered
                          ON covered.basket_id = applied.basket_id
                         AND covered.step = applied.step + 1
                    )
                )
            )
        )
    )
), discounted AS (
    SELECT basket_id, campaign_id, coupon_upc, discount FROM applied WHERE step > 0
), paid AS (
    -- what was paid in money for each basket that held a coupon
    SELECT basket_id, CAST(list_sum(amounts) AS BIGINT) - taken AS paid
    FROM basket
    JOIN (SELECT basket_id, CAST(sum(discount) AS BIGINT) AS taken FROM discounted GROUP BY basket_id)
    USING (basket_id)
), mailed AS (
    SELECT campaign_id, count(DISTINCT household_id) AS contacts FROM campaigns GROUP BY campaign_id
), answered AS (
    SELECT campaign_id, count(DISTINCT household_id) AS responders, count(*) AS redemptions
    FROM redemption WHERE day < $until GROUP BY campaign_id
), saved AS (
    SELECT campaign_id, CAST(sum(discount) AS BIGINT) AS discount
    FROM discounted GROUP BY campaign_id
), earned AS (
    SELECT campaign_id, CAST(sum(paid) AS BIGINT) AS revenue
    FROM (SELECT DISTINCT campaign_id, basket_id FROM discounted) JOIN paid USING (basket_id)
    GROUP BY campaign_id
)
SELECT campaign_id,
       coalesce(contacts, 0) AS contacts,
       coalesce(responders, 0) AS responders,
       coalesce(redemptions, 0) AS responses,
       coalesce(redemptions, 0) AS redemptions,
       coalesce(discount, 0) AS discount,
       coalesce(revenue, 0) AS revenue
FROM campaign
LEFT JOIN mailed USING (campaign_id)
LEFT JOIN answered USING (campaign_id)
LEFT JOIN saved USING (campaign_id)
LEFT JOIN earned USING (campaign_id)
WHERE first_day < $until
ORDER BY campaign_id;
